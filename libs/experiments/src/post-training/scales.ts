import { median, standardDeviation } from "@touchstone/stats";
import type { DeployedProblem } from "./best-of.ts";

/**
 * The unit of effects: the median over problems of the base policy's within-problem standard deviation, of those that vary where the
 * median is 0; 1 where none does.
 */
export function withinProblemSd(problems: readonly DeployedProblem[], of: "rewards" | "second"): number {
  const deviations = problems.map((problem) => standardDeviation(problem[of].filter((value) => !Number.isNaN(value))));
  const known = deviations.filter((deviation) => !Number.isNaN(deviation));
  const varying = known.filter((deviation) => deviation > 0);
  if (varying.length === 0) return 1;
  return median(known) > 0 ? median(known) : median(varying);
}
