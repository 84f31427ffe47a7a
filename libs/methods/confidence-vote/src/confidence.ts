/** How a response's confidence is made of its tokens' (Fu et al. 2025, DeepConf). */
export type Measure = "mean" | "tail" | "bottom-windows" | "lowest-window";

/**
 * Confidence of a response by that of its tokens (−mean log-probability of the k most probable tokens; the higher the surer):
 *
 * - `mean`: over all tokens
 * - `tail`: over the last `window` tokens
 * - `bottom-windows`: the mean of the lowest tenth of all sliding windows of `window` tokens, at least one
 * - `lowest-window`: the lowest of those windows
 *
 * A window longer than the response is the response, so that all measures are then the mean, as in the published code. NaN
 * where a token's confidence was not recorded.
 */
export function confidenceOf(tokens: Float32Array, measure: Measure, window: number): number {
  const length = tokens.length;
  if (measure === "mean" || window >= length) return sumOf(tokens, 0, length) / length;
  if (measure === "tail") return sumOf(tokens, length - window, length) / window;

  const means = new Float64Array(length - window + 1);
  let sum = sumOf(tokens, 0, window);
  means[0] = sum / window;
  for (let start = 1; start < means.length; start++) {
    sum += tokens[start + window - 1]! - tokens[start - 1]!;
    means[start] = sum / window;
  }
  const lowest = means.toSorted();
  const count = measure === "lowest-window" ? 1 : Math.max(1, Math.floor(means.length / 10));
  // NaN sorts last: a window without a number must not be passed over.
  return Number.isNaN(lowest.at(-1)!) ? Number.NaN : sumOf(lowest, 0, count) / count;
}

function sumOf(values: Float32Array | Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum;
}
