import { trainPolicyGradient } from "@touchstone/training";
import type { PolicyStepMetrics } from "@touchstone/training";
import { expect, it } from "vitest";
import { drawGroups, openScene, policyRows, rewardGroups } from "../src/train-workload.ts";

it("draws every step's rollouts from the weights that the step trains", async () => {
  await using scene = await openScene(8);
  const metrics: PolicyStepMetrics[] = [];
  await trainPolicyGradient({
    config: scene.start.config,
    initial: scene.start.weights,
    steps: 4,
    // Large enough for a policy of one step before to be told apart.
    optimizer: { schedule: { kind: "constant", peak: 0.003 } },
    clip: {},
    batch: async (step, weights) => {
      // The last step draws from the weights of the step before.
      if (step < 3) await scene.policy.replaceWeights(weights);
      const groups = await drawGroups(scene, { step, prompts: 2, rollouts: 8 });
      const { rewards } = await rewardGroups(scene, groups);
      return { prompts: 2, rows: policyRows(scene, groups, rewards, 1) };
    },
    onStep: (measured) => void metrics.push(measured),
  });
  for (const { meanRatio, clipShare } of metrics.slice(0, 3)) {
    expect(Math.abs(meanRatio - 1)).toBeLessThan(1e-3);
    expect(clipShare).toBe(0);
  }
  expect(metrics[3]!.clipShare).toBeGreaterThan(0.05);
});
