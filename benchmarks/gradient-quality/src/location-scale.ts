import { stream } from "@touchstone/core";
import { mean, normalMaximumMean, standardDeviation } from "@touchstone/stats";
import type { Contestant } from "./contestants.ts";

/** Of one coordinate of the gradient. */
export interface Coordinate {
  readonly exact: number;
  readonly mean: number;
  /** Of the mean, over groups. */
  readonly standardError: number;
  /** Of one group. */
  readonly deviation: number;
}

/**
 * A normal policy whose action is its reward: J_n = μ + c_n σ, whose gradient by μ and by log σ is (1, c_n) at μ = 0, σ = 1. All
 * contestants see the same groups.
 */
export function locationScale(
  contestants: readonly Contestant[],
  {
    size,
    n,
    groups,
    seed,
  }: { readonly size: number; readonly n: number; readonly groups: number; readonly seed: number },
): { readonly label: string; readonly location: Coordinate; readonly scale: Coordinate }[] {
  const random = stream(seed, "location-scale", size);
  const gradients = contestants.map(() => [new Float64Array(groups), new Float64Array(groups)] as const);
  const actions = new Float64Array(size);
  for (let group = 0; group < groups; group++) {
    for (let i = 0; i < size; i++) actions[i] = random.normal();
    for (const [c, { advantages }] of contestants.entries()) {
      const values = advantages(actions);
      const [location, scale] = gradients[c]!;
      for (let i = 0; i < size; i++) {
        location[group]! += values[i]! * actions[i]!;
        scale[group]! += values[i]! * (actions[i]! ** 2 - 1);
      }
    }
  }
  return contestants.map(({ label }, c) => ({
    label,
    location: coordinate(gradients[c]![0], 1),
    scale: coordinate(gradients[c]![1], normalMaximumMean(n)),
  }));
}

function coordinate(values: Float64Array, exact: number): Coordinate {
  const deviation = standardDeviation(values);
  return { exact, mean: mean(values), standardError: deviation / Math.sqrt(values.length), deviation };
}
