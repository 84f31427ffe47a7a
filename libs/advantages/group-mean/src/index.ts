// One package: the three differ by a factor of the same centred rewards.
import { defineAdvantageEstimator } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import { z } from "zod";

/** A_i = (1/m)(R_i − mean of the other rollouts) = (R_i − R̄)/(m − 1): unbiased for the mean reward; n plays no part. */
export const rloo = defineAdvantageEstimator<object, number>({
  name: "rloo",
  summary: "Reward minus the mean of the other rollouts: the mean reward, not the best of n.",
  reference: {
    title: "Back to Basics: Revisiting REINFORCE-Style Optimization for Learning from Human Feedback in LLMs",
    authors: "Ahmadian et al.",
    year: 2024,
    source: "arXiv:2402.14740",
  },
  provenance: "published",
  degree: 1,
  exchangeable: true,
  parameters: z.strictObject({}),
  least: 2,
  prepare: (size) => ({ used: {}, warnings: [], settings: size - 1 }),
  compute: (rewards, divisor) => centred(rewards, divisor),
});

const GRPO = {
  title: "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models",
  authors: "Shao et al.",
  year: 2024,
  source: "arXiv:2402.03300",
} as const;

/** A_i = (R_i − R̄)/m: centred only, (m − 1)/m of `rloo`; n plays no part. */
export const grpo = defineAdvantageEstimator<object, number>({
  name: "grpo",
  summary: "Reward minus the mean of the group, not scaled.",
  reference: GRPO,
  provenance: "published",
  degree: 1,
  exchangeable: true,
  parameters: z.strictObject({}),
  least: 2,
  prepare: (size) => ({ used: {}, warnings: [], settings: size }),
  compute: (rewards, divisor) => centred(rewards, divisor),
});

/**
 * A_i = (R_i − R̄)/(m (sd + epsilon)), with the sample standard deviation (divisor m − 1): z-scores, as verl (epsilon 1e-6)
 * and TRL (1e-4) have them; n plays no part.
 */
export const grpoZ = defineAdvantageEstimator({
  name: "grpo-z",
  summary: "Reward minus the mean of the group, in units of its standard deviation.",
  reference: GRPO,
  provenance: "published",
  degree: 0,
  exchangeable: true,
  parameters: z.strictObject({ epsilon: z.number().nonnegative().default(1e-6) }),
  least: 2,
  prepare: (size, { epsilon }) => ({ used: {}, warnings: [], settings: { size, epsilon } }),
  compute(rewards, { size, epsilon }) {
    const advantages = centred(rewards, size);
    let squares = 0;
    for (const advantage of advantages) squares += (size * advantage) ** 2;
    const deviation = Math.sqrt(squares / (size - 1)) + epsilon;
    for (let i = 0; i < size; i++) advantages[i]! /= deviation;
    return advantages;
  },
});

function centred(rewards: Float64Array, divisor: number): Float64Array {
  const centre = mean(rewards);
  return rewards.map((reward) => (reward - centre) / divisor);
}
