import { allocationPoolSize } from "./allocation.ts";
import { studiesOf } from "./allocation-study.ts";
import type { Draw } from "./draws.ts";
import type { PlannedAllocation } from "./plan.ts";
import { placeOf } from "./plan-procedures.ts";
import type { RunSetting } from "./setting.ts";

/** What is studied of allocation on a draw. */
export function planAllocation(
  { suite, methods }: Pick<RunSetting, "suite" | "methods">,
  draw: Draw,
): readonly PlannedAllocation[] {
  const studies = studiesOf(suite, methods, draw);
  const groups = Map.groupBy(studies, ({ rewardModel, group }) => JSON.stringify([rewardModel, group.exploration]));
  return Array.from(groups.values(), (sizes) => {
    const { rewardModel, group, study } = sizes[0]!;
    const batches = sizes.map(({ study: { batchSize: size } }) => ({
      size,
      count: Math.floor(draw.problems.length / size),
    }));
    return {
      ...placeOf(draw),
      rewardModel,
      seed: draw.seed,
      budget: study.budget,
      explored: group.explored,
      policies: group.policies.map(({ name }) => name),
      batches,
      partitions: suite.allocation!.partitions,
      runs: suite.allocation!.runs,
      samplesPerProblem: Math.max(...sizes.map((one) => allocationPoolSize(one.study))),
    };
  });
}
