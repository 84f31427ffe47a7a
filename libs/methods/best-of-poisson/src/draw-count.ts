import type { Stream } from "@touchstone/core";

/**
 * A law of the number of draws n with a parameter θ ≥ 1, its mean. Of n draws the best is, in units of the reward's quantiles, at most u
 * with chance G_θ(u) = E[uⁿ].
 */
export interface DrawCount {
  /** G_θ(u) for u in [0, 1]. */
  best(mean: number, u: number): number;
  /** ∂G_θ(u)/∂θ. */
  slope(mean: number, u: number): number;
  draw(mean: number, random: Stream): number;
}

/** n = θ: G = uᶿ, whose slope is uᶿ log u. Drawn as the nearest whole number. */
const fixed: DrawCount = {
  best: (mean, u) => u ** mean,
  slope: (mean, u) => (u > 0 ? u ** mean * Math.log(u) : 0),
  draw: (mean) => Math.round(mean),
};

/** n = 1 + Poisson(θ − 1): G = u·exp((θ − 1)(u − 1)), whose slope is (u − 1)·G. */
const poisson: DrawCount = {
  best: (mean, u) => u * Math.exp((mean - 1) * (u - 1)),
  slope: (mean, u) => (u - 1) * u * Math.exp((mean - 1) * (u - 1)),
  draw: (mean, random) => 1 + poissonDraw(mean - 1, random),
};

export const DRAW_COUNTS = { poisson, fixed } as const;

/** A Poisson number by products of uniform ones (Knuth), in portions whose exp(−rate) does not underflow. */
function poissonDraw(rate: number, random: Stream): number {
  let count = 0;
  for (let left = rate; left > 0; left -= 100) {
    const limit = Math.exp(-Math.min(left, 100));
    for (let product = 1 - random.uniform(); product > limit; product *= 1 - random.uniform()) count++;
  }
  return count;
}
