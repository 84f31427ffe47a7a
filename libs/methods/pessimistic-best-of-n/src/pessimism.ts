/**
 * The weights of inference-time pessimism over N samples: w_i = max((r_i − λ)/β, 0) with λ such that they average to 1. They
 * maximise (1/N) Σ w_i r_i − (β/2)(1/N) Σ w_i², the mean reward less a χ² penalty, over all w ≥ 0 with mean 1 (ours, from
 * the conditions of Karush, Kuhn and Tucker; see docs/methods/pessimistic-best-of-n.md).
 */
export interface Pessimism {
  /** By sample, mean 1 over those with a valid reward; 0 where the reward is NaN. */
  readonly weights: Float64Array;
  readonly lambda: number;
  /** Samples with a positive weight. */
  readonly kept: number;
  /** Samples with a valid reward. */
  readonly valid: number;
}

/**
 * Closed form: with rewards in descending order, λ_k = (Σ_{i ≤ k} r_(i) − Nβ)/k for the k with r_(k) > λ_k ≥ r_(k+1). β > 0. Of
 * infinite rewards the highest share the mass. `undefined` where no reward is valid.
 */
export function pessimism(rewards: Float64Array, beta: number): Pessimism | undefined {
  const descending = rewards
    .filter((reward) => !Number.isNaN(reward))
    .toSorted()
    .toReversed();
  const valid = descending.length;
  if (valid === 0) return undefined;
  const highest = descending[0]!;
  if (!Number.isFinite(highest)) return onlyHighest(rewards, highest, valid);

  // Rewards relative to the highest, so that a large constant does not cost digits.
  let sum = 0;
  let kept = 0;
  let lambda = Number.NEGATIVE_INFINITY;
  while (kept < valid && descending[kept]! - highest > lambda) {
    sum += descending[kept]! - highest;
    kept++;
    lambda = (sum - valid * beta) / kept;
  }
  const weights = rewards.map((reward) => {
    const excess = (reward - highest - lambda) / beta;
    return excess > 0 ? excess : 0;
  });
  return { weights, lambda: lambda + highest, kept, valid };
}

function onlyHighest(rewards: Float64Array, highest: number, valid: number): Pessimism {
  let kept = 0;
  for (const reward of rewards) if (reward === highest) kept++;
  return { weights: rewards.map((reward) => (reward === highest ? valid / kept : 0)), lambda: highest, kept, valid };
}
