import { defineAdvantageEstimator } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import { z } from "zod";
import { shareAtMost } from "./empirical-share.ts";

/**
 * A_i = (1/m) n F̂(R_i)^{n−1} (R_i − R̄): rollouts weighted by the density n F^{n−1} of best-of-n relative to the policy, the weight
 * held fixed. That the method weights so is inferred, its formula was not read; F̂ as the share at or below, and the group's mean as
 * baseline, are ours.
 */
export const catBon = defineAdvantageEstimator<object, number>({
  name: "cat-bon",
  summary: "Centred rewards weighted by n F^(n-1), the density of best-of-n; a reconstruction.",
  reference: {
    title: "CAT (abstract read; the weight is inferred)",
    authors: "Ousherovitch & Tewari",
    year: 2026,
    source: "arXiv:2604.24957",
  },
  provenance: "reconstruction",
  degree: 1,
  exchangeable: true,
  parameters: z.strictObject({}),
  least: 2,
  prepare: (_, { n }) => ({ used: {}, warnings: [], settings: n }),
  compute(rewards, n) {
    const centre = mean(rewards);
    const shares = shareAtMost(rewards);
    return rewards.map((reward, i) => ((n * shares[i]! ** (n - 1)) / rewards.length) * (reward - centre));
  },
});
