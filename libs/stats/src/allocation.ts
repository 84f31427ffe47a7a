import type { Stream } from "@touchstone/core";
import { exactValue, greedyAllocation, simulatedValue } from "./allocation-value.ts";
import { mean, standardDeviation } from "./descriptive.ts";
import { empiricalLaw, gaussianLaw, kernelLaw, scottBandwidth, type RewardLaw } from "./kernel-density.ts";

/** How draws that are left after exploration are spread over the problems of a batch. */
export interface AllocationRule {
  /**
   * `greedy`: each draw where it gains most; `sd-proportional`: in proportion to the standard deviation of the explored rewards;
   * `lowest-maximum-first`: all to the problem whose best reward is lowest; `uniform`: the same for all.
   */
  readonly allocation: "greedy" | "sd-proportional" | "lowest-maximum-first" | "uniform";
  /** The law that `greedy` takes the rewards of a problem to have. */
  readonly density: "kernel" | "gaussian" | "empirical";
  /** How `greedy` computes the value of draws; `monte-carlo` with `paths` simulated sequences a problem. */
  readonly estimator: "exact" | "monte-carlo";
  readonly paths: number;
}

/** AdaBoN as it is run by default: greedy on a kernel density, values by the integral. */
export const ADAPTIVE: AllocationRule = { allocation: "greedy", density: "kernel", estimator: "exact", paths: 1024 };

/** Fewer explored rewards than this do not describe a law (ours: a kernel density on three points is noise). */
export const LEAST_EXPLORED = 8;

/** Draws of each problem before anything is allocated: the share of the budget, rounded up. */
export function exploredDraws(budget: number, exploration: number): number {
  // A product such as .1 · 30 lies a rounding error above its whole number.
  return Math.ceil(exploration * budget - 1e-9);
}

/**
 * The least bandwidth, in units of the largest standard deviation in the batch: where all explored rewards of a problem are
 * equal, its estimated law is not a point, and a small gain remains (ours).
 */
const LEAST_BANDWIDTH = 1e-6;

/**
 * How many of `extra` draws each problem gets, given the rewards explored so far (NaN: the reward model failed; infinite ones tell of no law). The counts add up
 * to `extra`. A problem without a valid reward promises no gain.
 */
export function allocateDraws(
  explored: readonly ArrayLike<number>[],
  extra: number,
  rule: AllocationRule,
  random: Stream,
): Int32Array {
  const valid = explored.map((rewards) => Array.from(rewards).filter(Number.isFinite));
  const deviations = valid.map((rewards) => (rewards.length > 1 ? standardDeviation(rewards) : 0));
  switch (rule.allocation) {
    case "uniform":
      return apportion(
        valid.map(() => 1),
        extra,
      );
    case "sd-proportional":
      return apportion(deviations, extra);
    case "lowest-maximum-first": {
      const maxima = valid.map((rewards) => Math.max(...rewards));
      const lowest = Math.min(...maxima.filter((maximum) => maximum > Number.NEGATIVE_INFINITY));
      return apportion(
        maxima.map((maximum) => (maximum === lowest ? 1 : 0)),
        extra,
      );
    }
    case "greedy": {
      const floor = LEAST_BANDWIDTH * Math.max(...deviations);
      const values = valid.map((rewards, i) => {
        if (rewards.length === 0) return NO_VALUE;
        const law = lawOf(rewards, rule.density, floor);
        const highest = Math.max(...rewards);
        return rule.estimator === "exact"
          ? exactValue(law, highest)
          : simulatedValue(law, highest, extra, rule.paths, random.child("value", i));
      });
      return greedyAllocation(values, extra);
    }
  }
}

const NO_VALUE = Object.freeze({ next: 0, take: () => {} });

function lawOf(rewards: readonly number[], density: AllocationRule["density"], floor: number): RewardLaw {
  if (density === "empirical") return empiricalLaw(rewards);
  if (density === "kernel") {
    return kernelLaw(rewards, rewards.length > 1 ? Math.max(scottBandwidth(rewards), floor) : floor);
  }
  const centre = mean(rewards);
  const squares = rewards.reduce((sum, reward) => sum + (reward - centre) ** 2, 0);
  return gaussianLaw(centre, Math.max(Math.sqrt(squares / rewards.length), floor));
}

/**
 * Whole numbers that add up to `total`, in proportion to the weights by the method of largest remainders, earlier first among equal
 * ones. Weights that are all 0 count as equal.
 */
export function apportion(weights: readonly number[], total: number): Int32Array {
  const whole = weights.reduce((a, b) => a + b, 0);
  const shares = weights.map((weight) => (whole > 0 ? (total * weight) / whole : total / weights.length));
  const counts = Int32Array.from(shares, Math.floor);
  const left = total - counts.reduce((a, b) => a + b, 0);
  const byRemainder = [...shares.keys()].toSorted((i, j) => (shares[j]! % 1) - (shares[i]! % 1) || i - j);
  for (const i of byRemainder.slice(0, left)) counts[i]!++;
  return counts;
}
