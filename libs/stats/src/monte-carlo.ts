import { standardDeviation } from "./descriptive.ts";

/**
 * Standard error of a mean over R independent replicates: sd/√R. NaN for fewer than two replicates. It says how far the
 * estimate is from the pool's exact expectation, and nothing about other problems.
 */
export function monteCarloError(replicates: ArrayLike<number>): number {
  return standardDeviation(replicates) / Math.sqrt(replicates.length);
}

/** Monte-Carlo error of the mean over n problems whose replicates are independent: √(Σ e_i²)/n. */
export function monteCarloErrorOfMean(errors: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < errors.length; i++) squares += errors[i]! ** 2;
  return Math.sqrt(squares) / errors.length;
}
