import { defineAdvantageEstimator } from "@touchstone/core";
import { ascendingOrder } from "@touchstone/stats";
import { PREFIX_PARAMETERS, prefixPlan, type Layout } from "./prefix-plan.ts";
import { TEA_PAPER } from "./reference.ts";
import { tailAdvantage, tailStatistics } from "./tail.ts";

/** σ̂ of a pilot without the rollout that it judges can be arbitrarily small; no less than this share of the expected one. */
const LEAST_DEVIATION = 0.25;

const LAYOUT: Layout = { name: "prefix-tea-cross-fitted", leftOut: 1, leastTop: 4 };

/**
 * Every rollout is judged by the tail of others: its pilots are the p_j rollouts that follow it, cyclically, and the J judgements are
 * combined so that the bias in 1/p cancels up to the order. Cross-fitting and the jackknife are the paper's, second-hand; rotation,
 * sizes (tops of at least 4) and the floor of σ̂ are ours. Much noisier than `prefix-tea` in groups below 64.
 */
export const prefixTeaCrossFitted = defineAdvantageEstimator({
  name: "prefix-tea-cross-fitted",
  summary: "TEA by pilots of several sizes that leave the rollout out, combined to cancel bias; the layout is ours.",
  reference: TEA_PAPER,
  provenance: "reconstruction",
  degree: 1,
  exchangeable: false,
  parameters: PREFIX_PARAMETERS,
  least: 3,
  prepare: (size, options) => prefixPlan(LAYOUT, size, options),
  compute(rewards, prefixes) {
    const size = rewards.length;
    const order = ascendingOrder(rewards);
    const spread = populationDeviation(rewards);
    const statistics = { threshold: 0, mean: 0, deviation: 0 };
    return rewards.map((reward, i) => {
      let sum = 0;
      for (const { length, weight, tail } of prefixes) {
        tailStatistics(rewards, order, { start: (i + 1) % size, length, top: tail.top }, statistics);
        statistics.deviation = Math.max(statistics.deviation, LEAST_DEVIATION * tail.deviation * spread);
        sum += weight * tailAdvantage(reward, statistics, tail);
      }
      return sum / size;
    });
  },
});

/** With divisor m. */
function populationDeviation(rewards: Float64Array): number {
  let centre = 0;
  for (const reward of rewards) centre += reward / rewards.length;
  let squares = 0;
  for (const reward of rewards) squares += (reward - centre) ** 2;
  return Math.sqrt(squares / rewards.length);
}
