import { normalQuantile, quantile, standardDeviation, mean } from "@touchstone/stats";
import type { DeployedProblem } from "./best-of.ts";

/** Probabilities at which the upper half of rewards is read. */
export const TAIL_PROBABILITIES = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995] as const;

export interface TailPoint {
  readonly probability: number;
  /** Of the standard normal law. */
  readonly normal: number;
  /** Mean over problems of the quantile of the problem's rewards, in its own standard deviations from its own mean. */
  readonly observed: number;
  /** Problems whose rewards vary. */
  readonly problems: number;
}

/**
 * The normal-quantile plot of the rewards within a problem: a straight line of slope 1 is what a Gaussian tail gives, which is what tea
 * assumes of it. Quantiles beyond 1 − 1/samples are not read.
 */
export function tailOf(problems: readonly DeployedProblem[]): readonly TailPoint[] {
  const varying = problems.flatMap(({ rewards }) => {
    const deviation = standardDeviation(rewards);
    return deviation > 0 ? [{ rewards, centre: mean(rewards), deviation }] : [];
  });
  const samples = Math.min(...varying.map(({ rewards }) => rewards.length));
  return TAIL_PROBABILITIES.filter((p) => p <= 1 - 1 / samples).map((probability) => ({
    probability,
    normal: normalQuantile(probability),
    observed: mean(
      varying.map(({ rewards, centre, deviation }) => (quantile(rewards, probability) - centre) / deviation),
    ),
    problems: varying.length,
  }));
}
