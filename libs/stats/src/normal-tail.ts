import { normalCdf, normalQuantile } from "./distributions.ts";
import { checkCount } from "./subsets.ts";

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / ROOT_TWO_PI;
}

/** P(Z > x) of a standard normal Z with a relative error below 1e-13, also far out, where 1 − Φ(x) has no digits left. */
export function normalUpperTail(x: number): number {
  if (x < 3) return normalCdf(-x);
  // Laplace's continued fraction φ(x)/(x + 1/(x + 2/(x + 3/…))), from the inside; 100 terms suffice from x = 3 on.
  let fraction = x;
  for (let term = 100; term >= 1; term--) fraction = x + term / fraction;
  return normalDensity(x) / fraction;
}

/** Spacing and range of the trapezoidal rule below; beyond 14 a normal density is below 1e-43. */
const STEP = 1 / 32;
const REACH = 14;
const maxima = new Map<number, number>();

/**
 * Mean of the maximum of n independent standard normal numbers, c_n = ∫ x n φ(x) Φ(x)^(n−1) dx; c_1 = 0, about √(2 ln n).
 * Absolute error below 1e-10 up to n = 10^9: on the whole line the trapezoidal rule converges faster than any power of its step for
 * such integrands. Computed once for each n. Throws `RangeError` unless n is a whole number of at least 1.
 */
export function normalMaximumMean(n: number): number {
  checkCount("n", n, 1);
  const known = maxima.get(n);
  if (known !== undefined) return known;
  let sum = 0;
  for (let k = -REACH / STEP; k <= REACH / STEP; k++) {
    const x = k * STEP;
    sum += x * normalDensity(x) * Math.exp((n - 1) * logCdf(x));
  }
  const value = n === 1 ? 0 : n * sum * STEP;
  maxima.set(n, value);
  return value;
}

function logCdf(x: number): number {
  return x > 0 ? Math.log1p(-normalUpperTail(x)) : Math.log(normalUpperTail(-x));
}

/** H_n = 1 + 1/2 + … + 1/n: mean of the maximum of n independent exponential numbers of mean 1. */
export function exponentialMaximumMean(n: number): number {
  checkCount("n", n, 1);
  // Beyond this the asymptotic expansion is exact to the last digit.
  if (n > 1000) return Math.log(n) + 0.577_215_664_901_532_9 + 1 / (2 * n) - 1 / (12 * n * n);
  let sum = 0;
  for (let i = n; i >= 1; i--) sum += 1 / i;
  return sum;
}

/** The highest share of a standard normal law. */
export interface NormalTail {
  /** z = Φ⁻¹(1 − share): where the tail begins. */
  readonly threshold: number;
  /** λ = φ(z)/share = E[Z | Z > z]. */
  readonly mean: number;
  /** s = √(1 + zλ − λ²) = sd[Z | Z > z], in (0, 1]. */
  readonly deviation: number;
}

/** Moments of a standard normal law above its quantile at 1 − share, share in (0, 1]; 1 is the whole law. Throws `RangeError`. */
export function normalTail(share: number): NormalTail {
  if (!(share > 0 && share <= 1)) throw new RangeError(`a share is in (0, 1], received ${share}`);
  if (share === 1) return { threshold: Number.NEGATIVE_INFINITY, mean: 0, deviation: 1 };
  let threshold = -normalQuantile(share);
  // One step of Newton's method removes what the quantile's approximation leaves.
  threshold += (normalUpperTail(threshold) - share) / normalDensity(threshold);
  const mean = normalDensity(threshold) / share;
  return { threshold, mean, deviation: Math.sqrt(1 + mean * (threshold - mean)) };
}
