import type { AllocationProblem } from "../allocation.ts";
import { rewardsOfDraw } from "../allocation-rewards.ts";
import { drawsOf } from "../draws.ts";
import type { RunSetting } from "../setting.ts";

/** Rewards of the suite's own samples by reward model, as the filled pool holds them. */
export async function poolRewards(setting: RunSetting): Promise<ReadonlyMap<string, readonly AllocationProblem[]>> {
  return rewardsOfDraw(
    setting,
    drawsOf(setting).find(({ variant }) => !variant)!,
  );
}
