import { normalQuantile, tQuantile } from "./distributions.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** estimate ± t quantile × standard error. NaN where the standard error or the degrees of freedom are undefined. */
export function tInterval(estimate: number, standardError: number, degreesOfFreedom: number, level = 0.95): Interval {
  const half = tQuantile((1 + level) / 2, degreesOfFreedom) * standardError;
  return { low: estimate - half, high: estimate + half };
}

/** estimate ± normal quantile × standard error. */
export function normalInterval(estimate: number, standardError: number, level = 0.95): Interval {
  const half = normalQuantile((1 + level) / 2) * standardError;
  return { low: estimate - half, high: estimate + half };
}

/**
 * Wilson's score interval of a proportion (Wilson 1927): the values of p that a score test would not reject. Within [0, 1]
 * and of positive width also at 0 and at n successes, where estimate ± standard error has no width; meant for few,
 * independent problems. NaN where `trials` is 0.
 */
export function wilsonInterval(successes: number, trials: number, level = 0.95): Interval {
  if (!(successes >= 0 && successes <= trials)) {
    throw new RangeError(`wilsonInterval needs 0 <= successes <= trials, received ${successes} of ${trials}`);
  }
  if (trials === 0) return { low: Number.NaN, high: Number.NaN };
  const z2 = normalQuantile((1 + level) / 2) ** 2;
  const p = successes / trials;
  const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (Math.sqrt(z2) / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
  return {
    low: successes === 0 ? 0 : centre - half,
    high: successes === trials ? 1 : centre + half,
  };
}
