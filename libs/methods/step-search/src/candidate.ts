import type { DeclaredVariant, Decision, Diagnostics, Drawn } from "@touchstone/core";
import { massOnHighest } from "@touchstone/stats";
import { z } from "zod";

/** A response as far as it was drawn. */
export interface Candidate {
  readonly drawn: Drawn;
  /** Of the text so far; NaN = failed. */
  readonly reward: number;
  /** Rewards of the parts that it was drawn in, oldest first, its own last. */
  readonly path: readonly number[];
  /** Whether it has ended: by itself or at the length cap. */
  readonly finished: boolean;
}

/** How the rewards of a path become the score that a search ranks by. */
export const AGGREGATE = z.enum(["last", "min", "mean"]).default("last");
export type Aggregate = z.infer<typeof AGGREGATE>;

/** A failed reward anywhere that counts ranks below everything. */
export function scoreOf({ path, reward }: Candidate, aggregate: Aggregate): number {
  const score = {
    last: () => reward,
    min: () => path.reduce((least, value) => (value < least || Number.isNaN(value) ? value : least)),
    mean: () => path.reduce((sum, value) => sum + value, 0) / path.length,
  }[aggregate]();
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}

/** The `count` of the highest score, best first; of equal ones the first drawn, which is any of them. */
export function best(candidates: readonly Candidate[], count: number, aggregate: Aggregate): Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, score: scoreOf(candidate, aggregate) }))
    .toSorted((a, b) => (a.score === b.score ? 0 : b.score > a.score ? 1 : -1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** Whether a part that was drawn so can be carried on with. */
export function isFinished({ finish, tokenCount, lineEnds }: Drawn, decoding: DeclaredVariant, cap: number): boolean {
  if (tokenCount >= cap) return true;
  if (decoding.stopAtLine) return !(finish === "stop" && lineEnds.at(-1) === tokenCount);
  return !(decoding.maxTokens !== undefined && finish === "length");
}

/** How many lines a finished response was drawn in, its end in the last. */
export function linesOf({ drawn: { lineEnds, tokenCount } }: Candidate): number {
  return lineEnds.length + (lineEnds.at(-1) === tokenCount ? 0 : 1);
}

/** The finished responses of the highest reward share the mass. Abstains where no reward is valid. */
export function decideBest(finished: readonly Candidate[], diagnostics: Diagnostics): Decision {
  const highest = massOnHighest(finished.map(({ reward }) => reward));
  if (!highest) return { kind: "abstained", reason: "no finished response has a valid reward", diagnostics };
  return decided(finished, highest.weights, { ...diagnostics, tied_samples: highest.tied });
}

/** Copies of one response add up. */
export function decided(
  candidates: readonly Candidate[],
  weights: ArrayLike<number>,
  diagnostics: Diagnostics,
): Decision {
  const byId = new Map<string, number>();
  candidates.forEach(({ drawn: { id } }, i) => {
    if (weights[i]! > 0) byId.set(id, (byId.get(id) ?? 0) + weights[i]!);
  });
  return { kind: "decided", weights: Array.from(byId, ([id, weight]) => ({ id, weight })), diagnostics };
}
