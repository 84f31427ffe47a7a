import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { batchEstimate } from "../../src/allocation-estimate.ts";
import { informationEffect, pairedEffect, winRateDifference, winRateEffect } from "../../src/claims/effects.ts";

const values = (list: readonly number[], clusters = list.map((_, i) => `c${i}`)) =>
  list.map((value, i) => ({ problem: `p${i}`, cluster: clusters[i]!, value }));

test("an effect is the mean of paired differences with the clustered standard error", () => {
  // Differences 1, 0, 1, 0 in clusters of two: the clusters' residual sums are 0, so that nothing is left to be uncertain of.
  const left = values([1, 1, 1, 0], ["a", "a", "b", "b"]);
  const right = values([0, 1, 0, 0], ["a", "a", "b", "b"]);
  expect(pairedEffect(left, right)).toEqual({
    estimate: 0.5,
    standardError: 0,
    degreesOfFreedom: 1,
    n: 4,
    unit: "problems",
  });
});

test("problems are paired by id, and those that only one side has a value for are left out", () => {
  const left = values([1, 0.5, Number.NaN]);
  const { estimate, n } = pairedEffect(left, values([0.25, 0.25, 1]).toReversed());
  expect([estimate, n]).toEqual([0.5, 2]);
});

const batches = (list: readonly number[]) =>
  batchEstimate(list.map((value, batch) => ({ partition: 0, batch, group: batch, value })));

test("a win rate is measured from one half; two of them by Welch", () => {
  // Values .5 and .7: mean .6, standard deviation √.02, standard error .1.
  const a = batches([0.5, 0.7]);
  expect(winRateEffect(a).estimate).toBeCloseTo(0.1, 12);
  expect(winRateEffect(a)).toMatchObject({ degreesOfFreedom: 1, n: 2, unit: "batches" });
  const difference = winRateDifference(a, batches([0.4, 0.6]));
  expect(difference.estimate).toBeCloseTo(0.1, 12);
  expect(difference.standardError).toBeCloseTo(Math.sqrt(0.02), 12);
  // Equal variances and sizes: 2 · (n − 1).
  expect(difference.degreesOfFreedom).toBeCloseTo(2, 10);
});

test("a choice that follows the kind is worth its bits, one by chance about none", () => {
  const choose = (arm: (i: number) => number) =>
    Array.from({ length: 400 }, (_, i) => ({
      label: `k${i % 2}`,
      cluster: `c${i}`,
      shares: [0, 1].map((c) => (arm(i) === c ? 1 : 0)),
    }));
  const follows = informationEffect(
    choose((i) => i % 2),
    stream(1),
    50,
  );
  // One bit less what 400 problems give by chance: 1/(2 · 400 · ln 2) = .0018.
  expect(Math.abs(follows.estimate - (1 - 0.0018))).toBeLessThan(0.002);
  const random = stream(2);
  const chance = informationEffect(
    choose(() => random.integer(2)),
    stream(1),
    50,
  );
  expect(Math.abs(chance.estimate)).toBeLessThan(0.02);
});
