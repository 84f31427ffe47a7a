import type { AllocationProblem } from "./allocation.ts";
import { inChunks } from "./chunks.ts";
import type { Draw } from "./draws.ts";
import type { RunSetting } from "./setting.ts";

/** Rewards of a draw's samples by reward model, as the filled pool holds them: what allocation is played on. */
export async function rewardsOfDraw(
  { pool }: Pick<RunSetting, "pool">,
  draw: Draw,
): Promise<ReadonlyMap<string, readonly AllocationProblem[]>> {
  const rewards = new Map<string, readonly AllocationProblem[]>();
  for (const [name, { identity }] of draw.rewardModels) {
    const problems: AllocationProblem[] = [];
    for (const { prompts } of inChunks(draw)) {
      for (const [id, { values }] of await pool.rewards(draw.key, identity, prompts, draw.count)) {
        problems.push({ id, rewards: values.slice(0, draw.count) });
      }
    }
    // The pool's order is its own: partitions are drawn over problems in a fixed one.
    rewards.set(
      name,
      problems.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
  }
  return rewards;
}
