import { defineSelector } from "@touchstone/core";
import { massOnHighest, meanSimilarities } from "@touchstone/stats";
import { z } from "zod";

const parameters = z
  .strictObject({
    /** What is added to the reward: likeness to the other responses, or log-probability (the KL form). */
    proximity: z.enum(["similarity", "log-probability"]).default("similarity"),
    /** Weight of what is added. */
    alpha: z.number().nonnegative().default(1),
    /** Whether `alpha` is in units of the rewards or of their median within-problem standard deviation. */
    unit: z.enum(["raw", "sd"]).default("raw"),
    /** How alike two responses are, for `proximity: similarity`. */
    similarity: z.enum(["rouge-1", "equality"]).default("rouge-1"),
  })
  .refine((given) => given.proximity === "similarity" || given.similarity === "rouge-1", {
    path: ["similarity"],
    message: "similarity belongs to proximity: similarity",
  });

/**
 * Regularised best-of-n (Jinnai et al. 2024): argmax_i r_i + α · (1/N) Σ_j u(y_i, y_j), or r_i + α · log p(y_i). All draws are compared
 * with, also those whose reward failed; these cannot win. Equal sums share the mass.
 */
export const mbrBestOfN = defineSelector({
  name: "mbr-best-of-n",
  summary: "The highest reward plus likeness to the other responses, or log-probability.",
  reference: {
    title: "Regularized Best-of-N Sampling with Minimum Bayes Risk Objective for Language Model Alignment",
    authors: "Jinnai et al.",
    year: 2024,
    source: "arXiv:2404.01054",
  },
  needs: {
    rewards: "one",
    answers: false,
    logProbabilities: ({ proximity }: z.infer<typeof parameters>) => proximity === "log-probability",
  },
  parameters,
  search: { knobs: { alpha: { scale: "log", from: 0.01, to: 30 } }, fixed: { unit: "sd" } },

  select(drawn, { proximity, alpha, unit, similarity }) {
    const rewards = drawn.rewards();
    const near =
      proximity === "similarity" ? meanSimilarities(drawn.size, drawn.similarity(similarity)) : drawn.logProbability;
    const factor = unit === "sd" ? alpha * drawn.rewardScale() : alpha;
    const highest = massOnHighest(rewards.map((reward, i) => reward + factor * near[i]!));
    if (!highest) {
      const also = proximity === "similarity" ? "" : " and a recorded log-probability";
      return { kind: "abstained", reason: `no sample has a valid reward${also}` };
    }
    return { kind: "selected", weights: highest.weights, diagnostics: { tied_samples: highest.tied } };
  },
});
