import { linesOf, type Candidate } from "./candidate.ts";
import { WHOLE, type Ask, type SearchContext } from "./search.ts";

/** Parts of a search that asks for them: finished responses are kept, the others handed back. */
export type Round = Generator<readonly Ask[], readonly (readonly Candidate[])[], readonly (readonly Candidate[])[]>;

/**
 * How many parts a round may have so that the lines of a response, as many as those finished so far had in the mean, use up what is
 * expected to fit; no more than surely fits. At least 1.
 */
export function partsPerRound({ left, expected }: SearchContext, finished: readonly Candidate[]): number {
  const lines = finished.reduce((sum, one) => sum + linesOf(one), 0) / Math.max(1, finished.length);
  return Math.max(1, Math.min(left(), Math.floor(expected() / Math.max(1, lines))));
}

/** Draws one round and puts what has ended into `finished`. */
export function* round(asks: readonly Ask[], finished: Candidate[]): Round {
  const parts = yield asks;
  finished.push(...parts.flat().filter((part) => part.finished));
  return parts;
}

/** Draws responses to their end: the given unfinished ones, or `undefined` from the prompt on. */
export function* complete(from: readonly (Candidate | undefined)[], finished: Candidate[]): Round {
  return yield* round(grouped(from, WHOLE), finished);
}

/** One ask for each response that is carried on with, as often as it stands in the list; fresh ones in one ask. */
export function grouped(from: readonly (Candidate | undefined)[], decoding: Ask["decoding"]): Ask[] {
  const counts = new Map<Candidate | undefined, number>();
  for (const one of from) counts.set(one, (counts.get(one) ?? 0) + 1);
  return Array.from(counts, ([one, count]) => ({ from: one, count, decoding }));
}

/** `total` things for `receivers`, as even as can be, the first ones getting more. */
export function evenly(total: number, receivers: number): number[] {
  return Array.from({ length: receivers }, (_, i) => Math.floor(total / receivers) + Number(i < total % receivers));
}
