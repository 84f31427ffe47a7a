import type { Stream } from "@touchstone/core";
import { quantile } from "@touchstone/stats";

/** The base policy's best-of-n curve: per problem at growing n. */
export interface BaseCurve {
  /** Ascending, from 1. */
  readonly n: readonly number[];
  /** [n][problem]. */
  readonly values: readonly Float64Array[];
}

export interface PayOffInput {
  /** The trained policy's best-of-N, per problem. */
  readonly trained: Float64Array;
  /** N: samples that both are deployed with where nothing is evened out. */
  readonly deployed: number;
  readonly base: BaseCurve;
  readonly clusters: readonly string[];
  /** FLOPs of training, once. */
  readonly trainingFlops: number;
  /** FLOPs of one deployed query at n samples, by the trained and by the base policy. */
  readonly trainedQueryFlops: (n: number) => number;
  readonly baseQueryFlops: (n: number) => number;
}

/**
 * `reached`: after so many queries training has cost less. `beyond`: the base policy does not get there with the samples that were
 * drawn; training pays after at most so many. `not reached`: training did not help, or its queries cost more than those it replaces.
 */
export type PayOffState = "reached" | "beyond" | "not reached";

export interface PayOff {
  readonly state: PayOffState;
  /** Samples at which the base policy is as good; NaN unless `reached`. */
  readonly samples: number;
  /** NaN where not reached; an upper bound where beyond. */
  readonly queries: number;
}

export interface PayOffEstimate extends PayOff {
  /** 95 % percentile interval over resampled problems; Infinity where more than that share is not reached. */
  readonly low: number;
  readonly high: number;
  /** Shares of resamples. */
  readonly notReached: number;
  readonly beyond: number;
}

/**
 * After how many deployed queries a trained policy with N samples has cost less than the untrained one with as many samples as it
 * needs to be as good (ours): training FLOPs / (FLOPs of a base query at n* − FLOPs of a trained query at N). n* is where the base
 * policy's curve first reaches the trained value, linear in log n between computed points. Problems are resampled by cluster.
 */
export function payOff(input: PayOffInput, random: Stream, resamples: number): PayOffEstimate {
  const all = input.clusters.map((_, i) => i);
  const byCluster = [...Map.groupBy(all, (i) => input.clusters[i]!).values()];
  const drawn = Array.from({ length: resamples }, () => {
    const picked = byCluster.flatMap(() => byCluster[random.integer(byCluster.length)]!);
    return payOffOn(picked, input);
  });
  const shareOf = (state: PayOffState) => drawn.filter((one) => one.state === state).length / resamples;
  const queries = drawn.map((one) => (one.state === "not reached" ? Number.POSITIVE_INFINITY : one.queries));
  return {
    ...payOffOn(all, input),
    low: quantileOfUnbounded(queries, 0.025),
    high: quantileOfUnbounded(queries, 0.975),
    notReached: shareOf("not reached"),
    beyond: shareOf("beyond"),
  };
}

function payOffOn(problems: readonly number[], input: PayOffInput): PayOff {
  const { base, deployed, trainedQueryFlops, baseQueryFlops, trainingFlops } = input;
  const mean = (values: Float64Array) => problems.reduce((sum, i) => sum + values[i]!, 0) / problems.length;
  const target = mean(input.trained);
  const curve = base.values.map(mean);
  const after = (n: number) => trainingFlops / (baseQueryFlops(n) - trainedQueryFlops(deployed));
  const nothing: PayOff = { state: "not reached", samples: Number.NaN, queries: Number.NaN };
  // Where plain best-of-N is as good already, no query pays anything back.
  const here = base.n.indexOf(deployed);
  if (!(target > curve[here]!)) return nothing;
  const at = curve.findIndex((value, i) => i > here && value >= target);
  if (at === -1) {
    const queries = after(base.n.at(-1)!);
    return queries > 0 ? { state: "beyond", samples: Number.NaN, queries } : nothing;
  }
  const [below, above] = [curve[at - 1]!, curve[at]!];
  const [low, high] = [Math.log(base.n[at - 1]!), Math.log(base.n[at]!)];
  const samples = Math.exp(low + ((target - below) / (above - below)) * (high - low));
  const queries = after(samples);
  return queries > 0 ? { state: "reached", samples, queries } : nothing;
}

/** Quantile of values some of which are Infinity: Infinity where the quantile touches one. */
function quantileOfUnbounded(values: readonly number[], p: number): number {
  const found = quantile(values, p);
  return Number.isNaN(found) ? Number.POSITIVE_INFINITY : found;
}
