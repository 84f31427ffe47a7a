/**
 * How many independent draws a chain's trace is worth for estimating its mean: N / τ with τ = −1 + 2 Σ_m Γ_m, where
 * Γ_m = ρ_{2m} + ρ_{2m+1} are sums of adjacent autocorrelations, taken while positive and never above the one before (initial
 * monotone sequence, Geyer 1992, section 3.3). Autocovariances are divided by N. Between 1 and N; NaN for fewer than two values
 * or where all are equal, which says nothing about how the chain moves. O(N·lag of the last pair).
 */
export function effectiveSampleSize(trace: ArrayLike<number>): number {
  const n = trace.length;
  if (n < 2) return Number.NaN;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += trace[i]! / n;
  const centred = Float64Array.from(trace, (value) => value - mean);
  const covariance = (lag: number): number => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += centred[i]! * centred[i - lag]!;
    return sum / n;
  };
  const variance = covariance(0);
  if (!(variance > 1e-24 * mean * mean)) return Number.NaN;
  let time = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let lag = 0; lag + 1 < n; lag += 2) {
    const pair = (covariance(lag) + covariance(lag + 1)) / variance;
    if (pair <= 0) break;
    least = Math.min(least, pair);
    time += 2 * least;
  }
  return Math.min(n, Math.max(1, n / Math.max(time, 1)));
}
