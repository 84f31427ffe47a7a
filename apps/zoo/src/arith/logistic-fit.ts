/**
 * Platt scaling (Platt 1999) without priors: scale a and bias b of P(label = 1) = σ(a·x + b), by Newton's method on the mean
 * log loss. Where a reward model starts: learning rates that suit the trunk would move two such numbers too slowly.
 *
 * Throws `RangeError` where labels are all equal or the x are all equal: then there is nothing to fit.
 */
export function fitLogistic(
  x: readonly number[],
  labels: readonly number[],
): { readonly scale: number; readonly bias: number } {
  if (new Set(labels).size < 2 || new Set(x).size < 2)
    throw new RangeError("a logistic fit needs both labels and two values");
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const deviation = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length);
  // In standard units Newton's method starts near enough to converge; a small ridge keeps separable data finite.
  const z = x.map((value) => (value - mean) / deviation);
  const ridge = 1e-6;
  let [a, b] = [0, 0];
  for (let iteration = 0; iteration < 50; iteration++) {
    let [ga, gb, haa, hab, hbb] = [ridge * a, 0, ridge, 0, ridge];
    for (const [index, value] of z.entries()) {
      const p = 1 / (1 + Math.exp(-(a * value + b)));
      const error = (p - (labels[index] ?? 0)) / z.length;
      const weight = (p * (1 - p)) / z.length;
      ga += error * value;
      gb += error;
      haa += weight * value * value;
      hab += weight * value;
      hbb += weight;
    }
    const determinant = haa * hbb - hab * hab;
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    // Half steps where the surface is flat: a full one can overshoot.
    const size = Math.max(1, Math.hypot(da, db) / 2);
    a -= da / size;
    b -= db / size;
    if (Math.hypot(da, db) < 1e-10) break;
  }
  return { scale: a / deviation, bias: b - (a * mean) / deviation };
}
