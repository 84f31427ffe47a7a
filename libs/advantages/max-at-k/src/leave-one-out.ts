import { ascendingOrder } from "@touchstone/stats";

/**
 * A_i = C(m, k)⁻¹ Σ_{|I| = k, i ∈ I} (max_I R − max_{I∖i} R): unbiased for the gradient of the mean of the maximum of k ≤ m, with
 * the leave-one-out baseline of PKPO (Walder & Karkhanis 2025; from a transcription of their listing). For k = 1, where I∖i is
 * empty, the baseline is the mean of the others.
 *
 * Sorted, it is a sum of gaps: A_(1) = 0, A_(j+1) = A_(j) + C(j, k − 1)/C(m, k) · (R_(j+1) − R_(j)) (our derivation: rollout j + 1 is the
 * maximum of I∖i of the subsets counted), the empirical form of N ∫ F^{N−1}. No term cancels another.
 */
export function leaveOneOutMaximum(rewards: Float64Array, k: number): Float64Array {
  const size = rewards.length;
  const advantages = new Float64Array(size);
  if (k === 1) {
    let centre = 0;
    for (const reward of rewards) centre += reward / size;
    for (let i = 0; i < size; i++) advantages[i] = (rewards[i]! - centre) / (size - 1);
    return advantages;
  }
  const order = ascendingOrder(rewards);
  const weights = gapWeights(size, k);
  for (let j = 1; j < size; j++) {
    const [below, own] = [order[j - 1]!, order[j]!];
    advantages[own] = advantages[below]! + weights[j]! * (rewards[own]! - rewards[below]!);
  }
  return advantages;
}

const kept = new Map<string, Float64Array>();

/** C(j, k − 1)/C(m, k) for j = 0 … m − 1; from the top down, where it begins with k/m. */
function gapWeights(size: number, k: number): Float64Array {
  const key = `${size},${k}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const weights = new Float64Array(size);
  let weight = k / size;
  for (let j = size - 1; j >= k - 1; j--) {
    weights[j] = weight;
    weight *= (j - k + 1) / j;
  }
  // Groups come in few sizes; a stream of many must not fill the memory.
  if (kept.size > 1000) kept.clear();
  kept.set(key, weights);
  return weights;
}
