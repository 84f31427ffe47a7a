import { clusteredMean, mean, mutualInformation, pairedComparison, permutedInformation } from "@touchstone/stats";
import type { Stream } from "@touchstone/core";
import type { LabelledChoice } from "@touchstone/stats";
import type { BatchEstimate } from "../allocation-estimate.ts";
import type { Effect } from "./decision.ts";

/** A cell's value on one problem. */
export interface ProblemValue {
  readonly problem: string;
  readonly cluster: string;
  readonly value: number;
}

/** Mean of left − right over the problems that both have a value for, clustered. */
export function pairedEffect(left: readonly ProblemValue[], right: readonly ProblemValue[]): Effect {
  const other = new Map(right.map(({ problem, value }) => [problem, value]));
  const both = left.filter(
    ({ problem, value }) => !Number.isNaN(value) && !Number.isNaN(other.get(problem) ?? Number.NaN),
  );
  const pair = pairedComparison(
    both.map(({ value }) => value),
    both.map(({ problem }) => other.get(problem)!),
    both.map(({ cluster }) => cluster),
  );
  return {
    estimate: pair.difference,
    standardError: pair.standardError,
    degreesOfFreedom: pair.clusters - 1,
    n: pair.n,
    unit: "problems",
  };
}

/** How far a batch win rate lies above one half. */
export function winRateEffect({ estimate, standardError, batches, groups }: BatchEstimate): Effect {
  return { estimate: estimate - 0.5, standardError, degreesOfFreedom: groups - 1, n: batches, unit: "batches" };
}

/** Difference of two estimates that share no batch, with the degrees of freedom of Welch and Satterthwaite. */
export function winRateDifference(a: BatchEstimate, b: BatchEstimate): Effect {
  const [va, vb] = [a.standardError ** 2, b.standardError ** 2];
  return {
    estimate: a.estimate - b.estimate,
    standardError: Math.sqrt(va + vb),
    degreesOfFreedom: (va + vb) ** 2 / (va ** 2 / (a.groups - 1) + vb ** 2 / (b.groups - 1)),
    n: Math.min(a.batches, b.batches),
    unit: "batches",
  };
}

/**
 * Bits that a choice says about the kind of its problem, minus what chance gives (the mean over permutations of the kinds).
 * Standard error by the delta method: that of the mean pointwise information, clustered.
 */
export function informationEffect(
  items: readonly (LabelledChoice & { readonly cluster: string })[],
  random: Stream,
  permutations: number,
): Effect {
  const { bits, pointwise } = mutualInformation(items);
  const { standardError, clusters } = clusteredMean(
    pointwise,
    items.map(({ cluster }) => cluster),
  );
  return {
    estimate: bits - mean(permutedInformation(items, random, permutations)),
    standardError,
    degreesOfFreedom: clusters - 1,
    n: items.length,
    unit: "problems",
  };
}
