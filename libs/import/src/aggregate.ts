/** How the scores of a response's steps become one reward; the name is part of the reward model's (`prm@min`). */
export const AGGREGATIONS = ["min", "last", "mean", "product"] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

/**
 * One reward of step scores (any range; the product means something for probabilities). NaN where there is no step, or where
 * a step that counts has no score. Minimum and product: Lightman et al. 2023, §3; last: Snell et al. 2024.
 */
export function aggregate(steps: readonly number[], rule: Aggregation): number {
  if (steps.length === 0) return Number.NaN;
  switch (rule) {
    case "min":
      return Math.min(...steps);
    case "last":
      return steps.at(-1)!;
    case "mean":
      return steps.reduce((sum, step) => sum + step, 0) / steps.length;
    case "product":
      return steps.reduce((product, step) => product * step, 1);
  }
}
