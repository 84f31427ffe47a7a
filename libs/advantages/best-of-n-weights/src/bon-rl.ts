import { defineAdvantageEstimator } from "@touchstone/core";
import { ascendingOrder } from "@touchstone/stats";
import { z } from "zod";
import { shareAtMost } from "./empirical-share.ts";
import { tiltOf } from "./tilt.ts";

/**
 * The best-of-n law as the tilt π(y) e^{λ_n Q(y)} of the policy by the win rate Q(y) = P(R' ≤ R(y)), and the gradient of its mean
 * reward, through Q as well. With w_i ∝ e^{λ Q̂_i} (sum 1) and b = Σ w_i R_i it is, exactly for the group as a law (our derivation),
 * A_j = w_j (R_j − b) + (λ/m) Σ_{i: R_i ≥ R_j} w_i (R_i − b).
 * The tilt is from the paper's abstract and memory; λ_n by equal divergence from the policy is our choice.
 */
export const bonRl = defineAdvantageEstimator<object, number>({
  name: "bon-rl",
  summary: "Gradient of the mean reward under the policy tilted by its win rate; a reconstruction.",
  reference: {
    title: "Inference-Aware Fine-Tuning for Best-of-N Sampling in Large Language Models",
    authors: "Chow et al.",
    year: 2024,
    source: "arXiv:2412.15287",
  },
  provenance: "reconstruction",
  degree: 1,
  exchangeable: true,
  parameters: z.strictObject({}),
  least: 2,
  prepare(_, { n }) {
    const lambda = tiltOf(n);
    return { used: { lambda }, warnings: [], settings: lambda };
  },
  compute(rewards, lambda) {
    const size = rewards.length;
    const order = ascendingOrder(rewards);
    const shares = shareAtMost(rewards);
    // The highest share is 1: no weight overflows. From the best reward down: its distance to b, often tiny, keeps its digits.
    const weights = shares.map((share) => Math.exp(lambda * (share - 1)));
    const gaps = rewards.map((reward) => reward - rewards[order[size - 1]!]!);
    const whole = weights.reduce((a, b) => a + b, 0);
    const tilted = gaps.reduce((sum, gap, i) => sum + (weights[i]! / whole) * gap, 0);
    const own = gaps.map((gap, i) => (weights[i]! / whole) * (gap - tilted));
    const advantages = new Float64Array(size);
    // The sum over the rollouts at or above is minus that over those below, as all of them sum to 0.
    let below = 0;
    for (let start = 0; start < size;) {
      let end = start;
      let tied = 0;
      while (end < size && rewards[order[end]!] === rewards[order[start]!]) tied += own[order[end++]!]!;
      for (let rank = start; rank < end; rank++) {
        const j = order[rank]!;
        advantages[j] = own[j]! - (lambda / size) * below;
      }
      below += tied;
      start = end;
    }
    return advantages;
  },
});
