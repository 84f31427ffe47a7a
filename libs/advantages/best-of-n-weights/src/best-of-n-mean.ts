import { defineAdvantageEstimator } from "@touchstone/core";
import { massOnHighest, mean } from "@touchstone/stats";
import { z } from "zod";

/**
 * A = max R − R̄ for the best rollout, 0 for the others; rollouts of the same highest reward share it. Known to us by its name alone
 * ("BoN-max mean"): the best of the group against the group's mean, as `max-at-k` with k = m has it against the second best. n plays
 * no part.
 */
export const bestOfNMean = defineAdvantageEstimator<object, number>({
  name: "best-of-n-mean",
  summary: "The best rollout alone, by how far it is above the mean of the group.",
  reference: {
    title: "BoN-max mean, a rival named in: What should post-training optimize? A test-time scaling law perspective",
    authors: "Li, Qian & Mou",
    year: 2026,
    source: "arXiv:2605.10716",
  },
  provenance: "reconstruction",
  degree: 1,
  exchangeable: true,
  parameters: z.strictObject({}),
  least: 2,
  prepare: (size) => ({ used: {}, warnings: [], settings: size }),
  compute(rewards) {
    const { weights } = massOnHighest(rewards)!;
    const centre = mean(rewards);
    return rewards.map((reward, i) => (weights[i]! > 0 ? weights[i]! * (reward - centre) : 0));
  },
});
