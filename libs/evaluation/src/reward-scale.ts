import { median, standardDeviation } from "@touchstone/stats";
import type { Pool } from "@touchstone/pool";
import { inChunks } from "./chunks.ts";
import type { Draw } from "./draws.ts";

/** Reward scales of a draw's reward models by shown name, from what the pool holds. */
export async function rewardScales(pool: Pool, draw: Draw): Promise<ReadonlyMap<string, number>> {
  const scales = new Map<string, number>();
  for (const [name, { identity }] of draw.rewardModels) {
    const deviations: number[] = [];
    for (const { prompts } of inChunks(draw)) {
      for (const { values } of (await pool.rewards(draw.key, identity, prompts, draw.count)).values()) {
        deviations.push(deviationOf(values));
      }
    }
    scales.set(name, scaleOf(deviations));
  }
  return scales;
}

/** Within-problem standard deviation of the valid rewards; NaN where fewer than two are valid. */
export function deviationOf(rewards: Float64Array): number {
  return standardDeviation(rewards.filter((reward) => !Number.isNaN(reward)));
}

/**
 * The unit of β: the median over problems of the within-problem standard deviation. Where it is 0, because a reward model
 * tells nothing apart in most problems, the median over those in which it does; 1 where it never does.
 */
export function scaleOf(deviations: readonly number[]): number {
  const known = deviations.filter((deviation) => !Number.isNaN(deviation));
  if (known.length === 0) return 1;
  const middle = median(known);
  if (middle > 0) return middle;
  const telling = known.filter((deviation) => deviation > 0);
  return telling.length > 0 ? median(telling) : 1;
}
