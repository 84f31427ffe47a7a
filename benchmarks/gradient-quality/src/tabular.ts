import { stream } from "@touchstone/core";
import { mean, normalQuantile, standardDeviation, tInterval, type Interval } from "@touchstone/stats";
import type { Contestant } from "./contestants.ts";

/** Laws of the reward under the policy, by their quantiles. */
export const REWARD_LAWS = {
  normal: normalQuantile,
  exponential: (u: number) => -Math.log1p(-u),
  uniform: (u: number) => u,
  "lognormal(.75)": (u: number) => Math.exp(0.75 * normalQuantile(u)),
} as const;

export type RewardLaw = keyof typeof REWARD_LAWS;

/** Actions of the policy, all alike; their rewards are quantiles at (y + ½)/K, ascending. */
export const ACTIONS = 1000;

export function gridOf(law: RewardLaw): Float64Array {
  return Float64Array.from({ length: ACTIONS }, (_, y) => REWARD_LAWS[law]((y + 0.5) / ACTIONS));
}

/**
 * ∂J_n/∂θ_y of a uniform softmax policy over ascending rewards: (A_n(R_y) − E A_n)/K with A_n(r) = n ∫_{−∞}^r F^{n−1}. Divided
 * differences of the tabulated law: on [R_j, R_{j+1}) F is (j + 1)/K.
 */
export function exactGradient(rewards: Float64Array, n: number): Float64Array {
  const size = rewards.length;
  const advantages = new Float64Array(size);
  for (let y = 1; y < size; y++) {
    advantages[y] = advantages[y - 1]! + n * (y / size) ** (n - 1) * (rewards[y]! - rewards[y - 1]!);
  }
  const centre = mean(advantages);
  return advantages.map((advantage) => (advantage - centre) / size);
}

/** Groups whose estimates are averaged before they are compared with the exact gradient. */
export const BATCH = 512;

export interface Cosines {
  readonly label: string;
  /** Of the mean estimate, its noise taken out: can be a little above 1. With a jackknife interval over batches. */
  readonly ofMean: Interval & { readonly estimate: number };
  /** Mean over batches of `BATCH` groups. With a t interval. */
  readonly ofBatch: Interval & { readonly estimate: number };
  /** Of the mean estimate, relative to the exact norm. */
  readonly norm: number;
}

/** A uniform softmax over `ACTIONS` actions: most directions leave the family that tail estimators assume. */
export function tabular(
  contestants: readonly Contestant[],
  law: RewardLaw,
  {
    size,
    n,
    batches,
    seed,
  }: { readonly size: number; readonly n: number; readonly batches: number; readonly seed: number },
): Cosines[] {
  const grid = gridOf(law);
  const exact = exactGradient(grid, n);
  const random = stream(seed, "tabular", law, size);
  const estimates = contestants.map((): Float64Array[] => []);
  const [actions, rewards] = [new Int32Array(size), new Float64Array(size)];
  for (let batch = 0; batch < batches; batch++) {
    const sums = contestants.map(() => new Float64Array(ACTIONS));
    for (let group = 0; group < BATCH; group++) {
      for (let i = 0; i < size; i++) {
        actions[i] = random.integer(ACTIONS);
        rewards[i] = grid[actions[i]!]!;
      }
      for (const [c, { advantages }] of contestants.entries()) {
        const values = advantages(rewards);
        for (let i = 0; i < size; i++) sums[c]![actions[i]!]! += values[i]! / BATCH;
      }
    }
    for (const [c, gradient] of sums.entries()) {
      // The score of a softmax is 1{y} − π: what is the same for all logits is taken off once.
      const centre = mean(gradient);
      estimates[c]!.push(gradient.map((value) => value - centre));
    }
  }
  return contestants.map(({ label }, c) => ({ label, ...cosines(estimates[c]!, exact) }));
}

function cosines(batches: readonly Float64Array[], exact: Float64Array): Omit<Cosines, "label"> {
  const count = batches.length;
  const length = Math.sqrt(dot(exact, exact));
  const along = batches.map((batch) => dot(batch, exact) / length);
  const squares = batches.map((batch) => dot(batch, batch));
  const total = new Float64Array(exact.length);
  for (const batch of batches) for (let y = 0; y < total.length; y++) total[y]! += batch[y]!;
  const [sumAlong, sumSquares, square] = [sum(along), sum(squares), dot(total, total)];
  // |E|² from products of different batches, which have no noise in common.
  const cosine = (a: number, whole: number, own: number, b: number) => a / b / Math.sqrt((whole - own) / (b * (b - 1)));
  const estimate = cosine(sumAlong, square, sumSquares, count);
  const without = batches.map((batch, b) => {
    const whole = square - 2 * dot(batch, total) + squares[b]!;
    return cosine(sumAlong - along[b]!, whole, sumSquares - squares[b]!, count - 1);
  });
  const error = ((count - 1) / Math.sqrt(count)) * standardDeviation(without);
  const each = along.map((value, b) => value / Math.sqrt(squares[b]!));
  return {
    ofMean: { estimate, ...tInterval(estimate, error, count - 1) },
    ofBatch: { estimate: mean(each), ...tInterval(mean(each), standardDeviation(each) / Math.sqrt(count), count - 1) },
    norm: sumAlong / count / estimate / length,
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let product = 0;
  for (let i = 0; i < a.length; i++) product += a[i]! * b[i]!;
  return product;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
