import { defineAdvantageEstimator } from "@touchstone/core";
import { ascendingOrder } from "@touchstone/stats";
import { PREFIX_PARAMETERS, prefixPlan, type Layout } from "./prefix-plan.ts";
import { TEA_PAPER } from "./reference.ts";
import { tailAdvantage, tailStatistics } from "./tail.ts";

const LAYOUT: Layout = { name: "prefix-tea", leftOut: 0, leastTop: 2 };

/**
 * TEA on cyclic windows of J sizes, combined so that the bias in 1/p cancels up to the order: A = Σ_j w_j · mean over windows of size
 * p_j of TEA(window), p ∝ 1 … J; the largest window is the group. That prefixes are combined by a generalised jackknife is the paper's,
 * second-hand; this layout, without cross-fitting, is ours.
 */
export const prefixTea = defineAdvantageEstimator({
  name: "prefix-tea",
  summary: "TEA on windows of several sizes, combined to cancel its bias; the layout is ours.",
  reference: TEA_PAPER,
  provenance: "reconstruction",
  degree: 1,
  exchangeable: false,
  parameters: PREFIX_PARAMETERS,
  least: 2,
  prepare: (size, options) => prefixPlan(LAYOUT, size, options),
  compute(rewards, prefixes) {
    const size = rewards.length;
    const order = ascendingOrder(rewards);
    const advantages = new Float64Array(size);
    const statistics = { threshold: 0, mean: 0, deviation: 0 };
    for (const { length, weight, tail } of prefixes) {
      const windows = length < size ? size : 1;
      const factor = weight / (windows * length);
      for (let start = 0; start < windows; start++) {
        tailStatistics(rewards, order, { start, length, top: tail.top }, statistics);
        for (let offset = 0; offset < length; offset++) {
          const i = (start + offset) % size;
          advantages[i]! += factor * tailAdvantage(rewards[i]!, statistics, tail);
        }
      }
    }
    return advantages;
  },
});
