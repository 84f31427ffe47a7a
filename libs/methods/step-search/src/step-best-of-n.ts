import { defineProcedure } from "@touchstone/core";
import { z } from "zod";
import { AGGREGATE } from "./candidate.ts";
import { searchAll } from "./search.ts";
import { treeSearch } from "./trees.ts";

/**
 * Step-level best-of-n: draws n continuations of one line, keeps the one of the highest reward, and so on to the end. The width n is
 * planned from the budget; see `treeSearch`.
 */
export const stepBestOfN = defineProcedure({
  name: "step-best-of-n",
  summary: "Best-of-n at every line: draw several, keep the best, go on from it.",
  reference: {
    title: "Bag of Tricks for Inference-time Computation of LLM Reasoning",
    authors: "Liu et al.",
    year: 2025,
    source: "arXiv:2502.07191",
  },
  needs: { rewards: "one", answers: false, continues: true },
  parameters: z.strictObject({
    /** How the rewards of a response's lines become the score of the prefix. */
    aggregate: AGGREGATE,
  }),
  search: { knobs: { aggregate: { scale: "choice", values: ["last", "min", "mean"] } } },

  decide: (problems, access, { aggregate }) =>
    searchAll(problems, access, (context) =>
      treeSearch(context, { aggregate, split: (parts) => ({ trees: 1, children: parts }) }),
    ),
});
