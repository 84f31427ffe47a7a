import { mean, pairedComparison, standardDeviation, tInterval, tTwoSidedP } from "@touchstone/stats";

/** Seeds from which on the seed is the unit: fewer say nothing about seeds. */
export const SEEDS_OF_A_VERDICT = 5;

/** A row of a contrast: per problem, for each of its seeds. */
export type BySeed = ReadonlyMap<number, Float64Array>;

export interface Effect {
  /** left − right. */
  readonly effect: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly p: number;
  /** What `n` counts and the interval is over. With `problem` the effect is descriptive: other seeds could differ by more. */
  readonly unit: "seed" | "problem";
  readonly n: number;
  readonly left: number;
  readonly right: number;
}

/**
 * left − right on the same problems, over the seeds that both have. With at least 5 of them the seed is the unit: a t interval of the
 * seeds' differences, which share prompts and rollout streams. Otherwise the means over seeds are paired by problem.
 */
export function effectOf(left: BySeed, right: BySeed, clusters: readonly string[]): Effect {
  const seeds = [...left.keys()].filter((seed) => right.has(seed));
  const averages = [left, right].map((side) => averageOf(seeds.map((seed) => side.get(seed)!)));
  const [ours, theirs] = [averages[0]!, averages[1]!];
  const means = { left: mean(ours), right: mean(theirs) };
  if (seeds.length < SEEDS_OF_A_VERDICT) {
    const { difference, standardError, low, high, p, n } = pairedComparison(ours, theirs, clusters);
    return { effect: difference, standardError, low, high, p, unit: "problem", n, ...means };
  }
  const differences = seeds.map((seed) => mean(left.get(seed)!) - mean(right.get(seed)!));
  const effect = mean(differences);
  const standardError = standardDeviation(differences) / Math.sqrt(seeds.length);
  return {
    effect,
    standardError,
    ...tInterval(effect, standardError, seeds.length - 1),
    p: tTwoSidedP(standardError === 0 ? Math.sign(effect) * Infinity || 0 : effect / standardError, seeds.length - 1),
    unit: "seed",
    n: seeds.length,
    ...means,
  };
}

function averageOf(seeds: readonly Float64Array[]): Float64Array {
  const size = seeds[0]?.length ?? 0;
  return Float64Array.from({ length: size }, (_, i) => mean(seeds.map((values) => values[i]!)));
}
