import jStat from "jstat";

/** Standard normal distribution function Φ. Absolute error below 1e-15. */
export function normalCdf(x: number): number {
  return jStat.normal.cdf(x, 0, 1);
}

/** Quantile of the standard normal law at probability `p` in (0, 1). */
export function normalQuantile(p: number): number {
  return jStat.normal.inv(p, 0, 1);
}

/** Quantile of Student's t at probability `p` in (0, 1); NaN unless `degreesOfFreedom` > 0. Relative error below 1e-7. */
export function tQuantile(p: number, degreesOfFreedom: number): number {
  return degreesOfFreedom > 0 ? jStat.studentt.inv(p, degreesOfFreedom) : Number.NaN;
}

/**
 * P(|T| ≥ |t|) under Student's t. Both tails are read from the lower one, where the small number is computed and not the
 * difference from 1. Relative error below 1e-6. NaN unless `degreesOfFreedom` > 0.
 */
export function tTwoSidedP(t: number, degreesOfFreedom: number): number {
  if (!(degreesOfFreedom > 0) || Number.isNaN(t)) return Number.NaN;
  if (t === 0) return 1;
  if (Math.abs(t) === Number.POSITIVE_INFINITY) return 0;
  return Math.min(1, 2 * jStat.studentt.cdf(-Math.abs(t), degreesOfFreedom));
}

/** P(T ≥ t) under Student's t: small where a value lies far above 0. NaN unless `degreesOfFreedom` > 0. */
export function tUpperTail(t: number, degreesOfFreedom: number): number {
  const both = tTwoSidedP(t, degreesOfFreedom);
  return t >= 0 ? both / 2 : 1 - both / 2;
}
