import { normalMaximumMean, normalTail } from "@touchstone/stats";

/** The top of a group, and how far its standard deviation is extrapolated. */
export interface Tail {
  /** t: how many rollouts. */
  readonly top: number;
  /** a = t/m: the effective share of the group. */
  readonly share: number;
  /** c̃_n(a) = (c_n − λ(a))/s(a): E[best of n] = μ_a + c̃ σ_a for normal rewards, whose top share a has mean μ_a and deviation σ_a. */
  readonly reach: number;
  /** s(a): what the deviation of the tail is to that of the whole. */
  readonly deviation: number;
}

export function tailOf(top: number, size: number, n: number): Tail {
  const share = top / size;
  const { mean, deviation } = normalTail(share);
  return { top, share, reach: (normalMaximumMean(n) - mean) / deviation, deviation };
}

/** ⌈αm⌉; a product such as .1 · 30 lies a rounding error above its whole number. */
export function topOf(alpha: number, size: number): number {
  return Math.max(1, Math.ceil(alpha * size - 1e-9));
}

/** r̂, μ̂, σ̂: where the tail begins, its mean, and its standard deviation with divisor t. Written anew by every call. */
export interface TailStatistics {
  threshold: number;
  mean: number;
  deviation: number;
}

/**
 * Statistics of the highest `top` rewards among the `length` rollouts from `start` on, cyclically. `order`: ascending indices of all.
 */
export function tailStatistics(
  rewards: Float64Array,
  order: Uint32Array,
  { start, length, top }: { readonly start: number; readonly length: number; readonly top: number },
  out: TailStatistics,
): void {
  const size = rewards.length;
  const within = (index: number) => (index < start ? index + size : index) - start < length;
  let sum = 0;
  let last = size;
  for (let found = 0; found < top;) {
    const index = order[--last]!;
    if (!within(index)) continue;
    sum += rewards[index]!;
    found++;
  }
  out.threshold = rewards[order[last]!]!;
  out.mean = sum / top;
  let squares = 0;
  for (let rank = size - 1; rank >= last; rank--) {
    const index = order[rank]!;
    if (within(index)) squares += (rewards[index]! - out.mean) ** 2;
  }
  // A sum of equal numbers may be a rounding error off.
  out.deviation = rewards[order[size - 1]!] === out.threshold ? 0 : Math.sqrt(squares / top);
}

/**
 * 1{u ≥ r} (u − r) [1 + c̃/(2σ) (u + r − 2μ)]/a: a rollout's part in the gradient of μ_a + c̃ σ_a (our derivation: the envelope of
 * the conditional value at risk, and the second moment above a quantile that moves). 0 where σ is 0.
 */
export function tailAdvantage(reward: number, { threshold, mean, deviation }: TailStatistics, tail: Tail): number {
  if (!(reward > threshold) || deviation === 0) return 0;
  const slope = (tail.reach / (2 * deviation)) * (reward + threshold - 2 * mean);
  return ((reward - threshold) * (1 + slope)) / tail.share;
}
