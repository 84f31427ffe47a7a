import { defineSelector } from "@touchstone/core";
import { z } from "zod";

const parameters = z.strictObject({
  /** Temperature of the softmax: towards 0 the best sample, towards infinity any sample alike. */
  lambda: z.number().positive().default(1),
  /** Whether `lambda` is in units of the rewards or of their median within-problem standard deviation. */
  unit: z.enum(["raw", "sd"]).default("raw"),
});

/**
 * Soft best-of-n (Verdun et al. 2025): a draw from p_i ∝ exp(r_i/λ) over the samples. Its weights are that law itself, so that a
 * decision is graded by its exact expectation and not by one draw. Samples with a NaN reward have no weight; abstains where
 * there is no other. Of infinite rewards the highest share the mass.
 */
export const softBestOfN = defineSelector({
  name: "soft-best-of-n",
  summary: "A draw from the softmax of the rewards.",
  reference: {
    title: "Soft Best-of-n Sampling for Model Alignment",
    authors: "Verdun et al.",
    year: 2025,
    source: "arXiv:2505.03156",
  },
  needs: { rewards: "one", answers: false },
  parameters,
  search: { knobs: { lambda: { scale: "log", from: 0.05, to: 5 } }, fixed: { unit: "sd" } },

  select(drawn, { lambda, unit }) {
    const rewards = drawn.rewards();
    let highest = Number.NaN;
    for (const reward of rewards) if (!(reward <= highest) && !Number.isNaN(reward)) highest = reward;
    if (Number.isNaN(highest)) return { kind: "abstained", reason: "no sample has a valid reward" };

    const temperature = unit === "sd" ? lambda * drawn.rewardScale() : lambda;
    const weights = new Float64Array(drawn.size);
    let sum = 0;
    for (let i = 0; i < drawn.size; i++) {
      const reward = rewards[i]!;
      if (Number.isNaN(reward)) continue;
      // The shift by the highest keeps the sum in [1, N]; equal infinities have no difference.
      weights[i] = reward === highest ? 1 : Math.exp((reward - highest) / temperature);
      sum += weights[i]!;
    }
    let squares = 0;
    for (let i = 0; i < drawn.size; i++) {
      weights[i]! /= sum;
      squares += weights[i]! ** 2;
    }
    return { kind: "selected", weights, diagnostics: { effective_samples: 1 / squares } };
  },
});
