import { defineProcedure } from "@touchstone/core";
import { z } from "zod";
import { best, decideBest, type Candidate } from "./candidate.ts";
import { complete, round } from "./passes.ts";
import { searchAll, type Search, type SearchContext } from "./search.ts";

const parameters = z.strictObject({
  /** Share that is rejected after every chunk; 0 is best-of-n. */
  alpha: z.number().min(0).lt(1).default(0.5),
  /** Into how many chunks the length cap is divided. */
  chunks: z.number().int().positive().default(8),
});

type Options = z.infer<typeof parameters>;

/**
 * Speculative rejection: all responses grow by a chunk of tokens, and the share `alpha` of the lowest reward is given up, finished and
 * unfinished ones alike. The last one is completed. What is left of the budget then goes into another pass. Every response
 * that has ended may be answered with.
 */
export const speculativeRejection = defineProcedure({
  name: "speculative-rejection",
  summary: "Best-of-n that gives up the responses of low partial reward while they are drawn.",
  reference: {
    title: "Fast Best-of-N Decoding via Speculative Rejection",
    authors: "Sun et al.",
    year: 2024,
    source: "arXiv:2410.20290",
  },
  needs: { rewards: "one", answers: false, continues: true },
  parameters,
  search: {
    knobs: {
      alpha: { scale: "choice", values: [0.25, 0.5, 0.75] },
      chunks: { scale: "choice", values: [4, 8, 16] },
    },
  },

  decide: (problems, access, options) => searchAll(problems, access, (context) => reject(context, options)),
});

function* reject(context: SearchContext, { alpha, chunks }: Options): Search {
  const finished: Candidate[] = [];
  const chunk = Math.ceil(context.cap / chunks);
  let begun = 0;
  let rejected = 0;
  while (context.left() >= 1) {
    const size =
      alpha === 0
        ? context.left()
        : Math.min(context.left(chunk), largestStart(context.expected(), alpha, Math.ceil(context.cap / chunk)));
    begun += size;
    if (alpha === 0 || size === 1) {
      yield* complete(
        Array.from({ length: size }, () => undefined),
        finished,
      );
      continue;
    }
    const parts = yield* round([{ count: size, decoding: { maxTokens: chunk } }], finished);
    let alive: readonly Candidate[] = parts.flat();
    for (let reached = chunk; ; reached += chunk) {
      const next = Math.min(context.cap, reached + chunk);
      const keep = survivors(alive.length, alpha);
      rejected += alive.length - keep;
      alive = best(alive, keep, "last");
      // Outside samples what was planned may turn out too dear: then more are given up.
      const growing = alive
        .filter((one) => !one.finished)
        .slice(0, context.left(alive.length > 1 ? next : context.cap));
      if (growing.length === 0) break;
      if (alive.length === 1) {
        yield* complete(growing, finished);
        break;
      }
      const decoding = next < context.cap ? { maxTokens: next } : {};
      const grown = yield* round(
        growing.map((from) => ({ from, count: 1, decoding })),
        finished,
      );
      alive = [...alive.filter((one) => one.finished), ...grown.flat()];
    }
  }
  return decideBest(finished, {
    finished_responses: finished.length,
    begun_responses: begun,
    rejected_share: begun > 0 ? rejected / begun : Number.NaN,
  });
}

/** At least 1, and fewer than there are where there is more than one. */
function survivors(alive: number, alpha: number): number {
  return Math.max(1, Math.min(Math.floor((1 - alpha) * alive + 1e-9), alive - 1));
}

/** The most responses to begin with so that, were none to end early, all parts fit: n at first, then the survivors. */
function largestStart(left: number, alpha: number, chunks: number): number {
  let size = left;
  while (size > 1 && partsOf(size, alpha, chunks) > left) size--;
  return size;
}

function partsOf(size: number, alpha: number, chunks: number): number {
  let parts = 0;
  let alive = size;
  for (let chunk = 0; chunk < chunks; chunk++) {
    parts += alive;
    const next = survivors(alive, alpha);
    if (alive === 1) break;
    if (next === 1) return chunk + 1 < chunks ? parts + 1 : parts;
    alive = next;
  }
  return parts;
}
