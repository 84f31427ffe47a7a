/**
 * The weight of each vote by its reward. Three conventions are in use and they decide differently, so each has its name:
 *
 * - `raw`: w = r. For rewards that are never negative (probabilities, process rewards in [0, 1]).
 * - `softmax`: w = exp((r − max r)/β), proportional to softmax(r/β); the shift keeps the largest weight at 1.
 * - `min-max`: w = (r − min r)/(max r − min r); all 1 where the rewards are equal.
 */
export type Convention = "raw" | "softmax" | "min-max";

/**
 * Weights of the samples that vote, 0 for the others; max and min are over those that vote. Of infinite rewards those of +∞ share all
 * weight, and one of −∞ has none. Undefined where `raw` meets a negative reward: such a vote would count against its answer.
 */
export function voteWeights(
  rewards: Float64Array,
  votes: (index: number) => boolean,
  convention: Convention,
  beta: number,
): Float64Array | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rewards.length; i++) {
    if (!votes(i)) continue;
    low = Math.min(low, rewards[i]!);
    high = Math.max(high, rewards[i]!);
  }
  if (convention === "raw" && low < 0) return undefined;
  return rewards.map((reward, i) => {
    if (!votes(i)) return 0;
    // Beside an infinite reward a finite one weighs nothing.
    if (high === Number.POSITIVE_INFINITY) return reward === high ? 1 : 0;
    if (convention === "raw") return reward;
    if (reward === high) return 1;
    if (convention === "softmax") return Math.exp((reward - high) / beta);
    // Seen from −∞ all finite rewards are as high as the highest.
    return low === Number.NEGATIVE_INFINITY ? Number(reward > low) : (reward - low) / (high - low);
  });
}
