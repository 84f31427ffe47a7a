import { trainPolicyGradient } from "@touchstone/training";
import type { MemoryRow } from "./train-report.ts";
import { drawGroups, policyRows, rewardGroups } from "./train-workload.ts";
import type { Scene } from "./train-workload.ts";

/** Steps between two replacements of the engine's weights. */
const EVERY = 10;

/** Resident memory over many small steps, with new weights in the engine and new rollouts every tenth. */
export async function trainMemory(scene: Scene, steps: number): Promise<MemoryRow> {
  const resident: number[] = [];
  let rows: ReturnType<typeof policyRows> = [];
  await trainPolicyGradient({
    config: scene.start.config,
    initial: scene.start.weights,
    steps,
    optimizer: { schedule: { kind: "constant", peak: 1e-6 } },
    batch: async (step, weights) => {
      if (step % EVERY === 0) {
        await scene.policy.replaceWeights(weights);
        const groups = await drawGroups(scene, { step, prompts: 2, rollouts: 16 });
        rows = policyRows(scene, groups, (await rewardGroups(scene, groups)).rewards, 0.25);
      }
      return { prompts: 2, rows };
    },
    onStep: () => {
      const engine = scene.policy.peakMemoryBytes + scene.reward.peakMemoryBytes;
      resident.push((process.memoryUsage.rss() + engine) / 2 ** 20);
    },
  });
  const tenth = Math.ceil(steps / 10);
  return {
    date: new Date().toISOString().slice(0, 10),
    steps,
    replacements: Math.ceil(steps / EVERY),
    early: Math.min(...resident.slice(tenth, 2 * tenth)),
    late: Math.min(...resident.slice(-tenth)),
  };
}
