import { defineAdvantageEstimator, groupTooSmall } from "@touchstone/core";
import { z } from "zod";
import { leaveOneOutMaximum } from "./leave-one-out.ts";

/**
 * The gradient of the best of k, k ≤ m, without bias (see `leaveOneOutMaximum`). No statistic of m rollouts is unbiased for the
 * best of n > m, so k is min(n, m) unless it is given.
 */
export const maxAtK = defineAdvantageEstimator({
  name: "max-at-k",
  summary: "What a rollout adds to the best of k of the group, on average over all subsets of k (PKPO).",
  reference: {
    title: "Pass@K Policy Optimization: Solving Harder Reinforcement Learning Problems",
    authors: "Walder & Karkhanis",
    year: 2025,
    source: "arXiv:2505.15201",
  },
  provenance: "second-hand",
  degree: 1,
  exchangeable: true,
  parameters: z.strictObject({ k: z.int().min(1).optional() }),
  least: 2,
  prepare(size, { n, k = Math.min(n, size) }) {
    if (k > size) throw groupTooSmall("max-at-k", size, `k = ${k} needs at least ${k}.`);
    // A smaller k was asked for; a smaller group was not.
    const falls = k === size && k < n;
    const warning = `max-at-k aims at the best of ${k} in groups of ${size}: no unbiased estimate reaches the best of ${n}.`;
    return { used: { k }, warnings: falls ? [warning] : [], settings: k };
  },
  compute: leaveOneOutMaximum,
});
