import { defineAdvantageEstimator, groupTooSmall } from "@touchstone/core";
import { ascendingOrder } from "@touchstone/stats";
import { z } from "zod";
import { TEA_PAPER } from "./reference.ts";
import { tailAdvantage, tailOf, tailStatistics, topOf } from "./tail.ts";

/**
 * Tail-extrapolated advantage: the gradient of μ̂ + c̃_n σ̂ of the group's top t rewards, taken to be a normal tail. Described
 * second-hand; the closed form is our derivation, which that description fixes (docs/advantages.md). With t = 1 all are 0,
 * with t = 2 it is half of `max-at-k` with k = m for every n: extrapolation needs t ≥ 3.
 */
export const tea = defineAdvantageEstimator({
  name: "tea",
  summary: "Extrapolates the mean and deviation of the group's top rewards to the best of n.",
  reference: TEA_PAPER,
  provenance: "derived",
  degree: 1,
  exchangeable: true,
  parameters: z
    .strictObject({ alpha: z.number().gt(0).max(1).optional(), top: z.int().min(1).optional() })
    .refine(({ alpha, top }) => alpha === undefined || top === undefined, "takes alpha or top, not both"),
  least: 1,
  prepare(size, { n, alpha, top: asked }) {
    const top = asked ?? (alpha === undefined ? Math.max(4, Math.ceil(size / 4)) : topOf(alpha, size));
    if (top > size) {
      const reason = asked === undefined ? "Without alpha or top" : `With top = ${top}`;
      throw groupTooSmall("tea", size, `${reason} it needs at least ${top}.`);
    }
    const tail = tailOf(top, size, n);
    return { used: { top, alpha: tail.share }, warnings: warningsOf(top, size, n), settings: tail };
  },
  compute(rewards, tail) {
    const statistics = { threshold: 0, mean: 0, deviation: 0 };
    const whole = { start: 0, length: rewards.length, top: tail.top };
    tailStatistics(rewards, ascendingOrder(rewards), whole, statistics);
    return rewards.map((reward) => tailAdvantage(reward, statistics, tail) / rewards.length);
  },
});

function warningsOf(top: number, size: number, n: number): string[] {
  const effective = `tea has an effective alpha of ${Number((top / size).toPrecision(3))} in groups of ${size} (their top ${top})`;
  const warnings: string[] = [];
  if (top === 1) warnings.push(`${effective}: every advantage is 0; it needs a top of at least 3.`);
  if (top === 2) {
    warnings.push(`${effective}: nothing is extrapolated, it is half of max-at-k with k = ${size} for every n.`);
  }
  if (n <= size) warnings.push(`n = ${n} is no more than the ${size} rollouts of a group: max-at-k is unbiased there.`);
  return warnings;
}
