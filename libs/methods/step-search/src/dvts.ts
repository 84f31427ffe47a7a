import { defineProcedure } from "@touchstone/core";
import { z } from "zod";
import { AGGREGATE } from "./candidate.ts";
import { searchAll } from "./search.ts";
import { treeSearch } from "./trees.ts";

/**
 * Diverse verifier tree search: independent trees, each of which draws `children` lines and carries on with the best. With one
 * tree it is step-level best-of-n.
 */
export const dvts = defineProcedure({
  name: "dvts",
  summary: "Independent greedy searches over lines, each keeping the best of a few children.",
  reference: {
    title: "Scaling Test-Time Compute with Open Models",
    authors: "Beeching, Tunstall and Rush",
    year: 2024,
    source: "https://huggingface.co/spaces/HuggingFaceH4/blogpost-scaling-test-time-compute",
  },
  needs: { rewards: "one", answers: false, continues: true },
  parameters: z.strictObject({
    /** Children that a tree draws of its prefix; fewer where the budget does not allow one tree of them. */
    children: z.number().int().min(2).default(4),
    /** How many trees: as many as the budget allows, or a number of them that share its width. */
    trees: z.union([z.number().int().positive(), z.literal("budget")]).default("budget"),
    /** How the rewards of a response's lines become the score of the prefix. */
    aggregate: AGGREGATE,
  }),
  search: { knobs: { children: { scale: "choice", values: [2, 3, 4, 6, 8] } } },

  decide: (problems, access, { children, trees, aggregate }) =>
    searchAll(problems, access, (context) =>
      treeSearch(context, {
        aggregate,
        split: (parts) => {
          if (trees !== "budget") return { trees, children: Math.max(1, Math.floor(parts / trees)) };
          return { trees: Math.max(1, Math.floor(parts / children)), children: Math.min(parts, children) };
        },
      }),
    ),
});
