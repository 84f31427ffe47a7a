import { defineProcedure } from "@touchstone/core";
import { z } from "zod";
import { AGGREGATE, best, decideBest, type Aggregate, type Candidate } from "./candidate.ts";
import { complete, evenly, partsPerRound, round } from "./passes.ts";
import { LINE, searchAll, type Search, type SearchContext } from "./search.ts";

/**
 * Beam search over lines: of n lines drawn the n/`children` best unfinished ones are kept and each is continued `children` times. The width n
 * is planned from the budget as in step-level best-of-n, and what is left after a pass goes into another.
 */
export const beam = defineProcedure({
  name: "beam",
  summary: "Beam search over lines with partial rewards.",
  reference: {
    title: "Scaling LLM Test-Time Compute Optimally can be More Effective than Scaling Model Parameters",
    authors: "Snell et al.",
    year: 2024,
    source: "arXiv:2408.03314",
  },
  needs: { rewards: "one", answers: false, continues: true },
  parameters: z.strictObject({
    /** Continuations of each prefix that is kept. */
    children: z.number().int().min(2).default(4),
    /** How the rewards of a response's lines become the score of the prefix. */
    aggregate: AGGREGATE,
  }),
  search: { knobs: { children: { scale: "choice", values: [2, 3, 4, 6, 8] } } },

  decide: (problems, access, options) => searchAll(problems, access, (context) => beamSearch(context, options)),
});

function* beamSearch(
  context: SearchContext,
  { children, aggregate }: { readonly children: number; readonly aggregate: Aggregate },
): Search {
  const finished: Candidate[] = [];
  let rounds = 0;
  let passes = 0;
  let widths = 0;
  yield* complete([undefined], finished);
  while (context.left() >= 1) {
    const width = partsPerRound(context, finished);
    const kept = Math.max(1, Math.floor(width / children));
    // The prompt is the first prefix.
    let beams: (Candidate | undefined)[] = [undefined];
    passes++;
    widths += width;
    while (beams.length > 0 && context.left() >= 1) {
      rounds++;
      const left = context.left();
      // Too few for a child of every beam: they are completed, as far as they go.
      if (left < beams.length + kept) {
        const rest = beams[0] === undefined ? Array.from({ length: left }, () => undefined) : beams.slice(0, left);
        yield* complete(rest, finished);
        break;
      }
      const counts = evenly(Math.min(width, left - kept), beams.length);
      const asks = beams.map((from, i) => ({ from, count: counts[i]!, decoding: LINE }));
      const parts = yield* round(
        asks.filter(({ count }) => count > 0),
        finished,
      );
      const unfinished = parts.flat().filter((part) => !part.finished);
      beams = best(unfinished, kept, aggregate);
    }
  }
  return decideBest(finished, {
    finished_responses: finished.length,
    search_rounds: rounds,
    search_passes: passes,
    mean_width: passes > 0 ? widths / passes : Number.NaN,
  });
}
