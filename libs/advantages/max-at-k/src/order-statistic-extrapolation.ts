import { defineAdvantageEstimator, groupTooSmall } from "@touchstone/core";
import { exponentialMaximumMean, normalMaximumMean } from "@touchstone/stats";
import { z } from "zod";
import { leaveOneOutMaximum } from "./leave-one-out.ts";

const MEAN_MAXIMUM = { normal: normalMaximumMean, exponential: exponentialMaximumMean } as const;

/**
 * Ours. In a family of location and scale the mean of the best of n is μ + c_n σ, so it lies on the line through those of k₁ and
 * k₂: V_n = V_{k₁} + τ (V_{k₂} − V_{k₁}), τ = (c_n − c_{k₁})/(c_{k₂} − c_{k₁}), and so do the gradients. Linear in the sorted rewards,
 * nothing is divided by an estimate, and unbiased where the rewards are of that family and the policy moves within it.
 * `law` gives c: normal, or exponential (harmonic numbers). By default k = [1, min(n, m)], which for n ≤ m is `max-at-k`.
 */
export const orderStatisticExtrapolation = defineAdvantageEstimator({
  name: "order-statistic-extrapolation",
  summary: "Extrapolates the gradients of the best of k1 and of k2 to the best of n, as normal rewards would have it.",
  reference: { title: "Order-statistic extrapolation", authors: "ours", year: 2026 },
  provenance: "ours",
  degree: 1,
  exchangeable: true,
  parameters: z.strictObject({
    k: z
      .tuple([z.int().min(1), z.int().min(2)])
      .refine(([low, high]) => low < high, "needs k1 < k2")
      .optional(),
    law: z.enum(["normal", "exponential"]).default("normal"),
  }),
  least: 2,
  prepare(size, { n, k, law }) {
    const [low, high] = k ?? [1, Math.max(2, Math.min(n, size))];
    if (high > size) throw groupTooSmall("order-statistic-extrapolation", size, `k2 = ${high} needs at least ${high}.`);
    const c = MEAN_MAXIMUM[law];
    const tau = (c(n) - c(low)) / (c(high) - c(low));
    return { used: { k1: low, k2: high, tau }, warnings: [], settings: { low, high, tau } };
  },
  compute(rewards, { low, high, tau }) {
    const from = leaveOneOutMaximum(rewards, low);
    const to = leaveOneOutMaximum(rewards, high);
    return from.map((advantage, i) => (1 - tau) * advantage + tau * to[i]!);
  },
});
