import { stream } from "@touchstone/core";
import { drawnView, type DrawnArrays } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { mbrBestOfN } from "../src/index.ts";

const select = (arrays: DrawnArrays, given: object = {}) =>
  mbrBestOfN.select(drawnView(arrays), mbrBestOfN.parameters.parse(given), stream(1));
const weights = (arrays: DrawnArrays, given: object = {}) => {
  const selection = select(arrays, given);
  return selection.kind === "selected" ? Array.from(selection.weights) : selection.reason;
};

// Mean likeness: 2/4, 1.5/4, 1.5/4 and 1/4 (as in minimum Bayes risk: half of two words shared with the first).
const text = ["a b", "a c", "b d", "e f"];

test("alpha weighs likeness against reward", () => {
  const rewards = [0, 0.1, 0, 0.2];
  // α = 1: .5, .475, .375, .45. α = .5: .25, .2875, .1875, .325. α = 0: the highest reward.
  expect(weights({ text, rewards })).toEqual([1, 0, 0, 0]);
  expect(weights({ text, rewards }, { alpha: 0.5 })).toEqual([0, 0, 0, 1]);
  expect(weights({ text, rewards }, { alpha: 0 })).toEqual([0, 0, 0, 1]);
  expect(weights({ text, rewards: [1, 1, 0, 0] }, { alpha: 0 })).toEqual([0.5, 0.5, 0, 0]);
});

test("a large alpha is minimum Bayes risk among the samples with a reward", () => {
  expect(weights({ text, rewards: [-5, 9, 0, 3] }, { alpha: 1e6 })).toEqual([1, 0, 0, 0]);
  expect(weights({ text, rewards: [Number.NaN, 9, 9, 3] }, { alpha: 1e6 })).toEqual([0, 0.5, 0.5, 0]);
});

test("a draw without a reward is still compared with", () => {
  // Without the last text "c d" and "e f" would tie at 1/2; "e g" makes the second more alike.
  expect(weights({ text: ["c d", "e f", "e g"], rewards: [1, 1, Number.NaN] })).toEqual([0, 1, 0]);
});

test("the KL form adds the log-probability of the whole response", () => {
  const arrays = { rewards: [1, 2, 3], logProbability: [-1, -4, -9] };
  // α = .1: .9, 1.6, 2.1. α = .25: .75, 1, .75. α = 1: 0, −2, −6.
  const given = { proximity: "log-probability" };
  expect(weights(arrays, { ...given, alpha: 0.1 })).toEqual([0, 0, 1]);
  expect(weights(arrays, { ...given, alpha: 0.25 })).toEqual([0, 1, 0]);
  expect(weights(arrays, { ...given, alpha: 1 })).toEqual([1, 0, 0]);
});

test("in units of the standard deviation the scale of the rewards does not matter", () => {
  const given = { alpha: 1, unit: "sd" };
  expect(weights({ text, rewards: [0, 10, 0, 20], rewardScale: 100 }, given)).toEqual([1, 0, 0, 0]);
  expect(weights({ text, rewards: [0, 10, 0, 20] }, { alpha: 1 })).toEqual([0, 0, 0, 1]);
});

test("what has no reward, or no log-probability where it counts, cannot win", () => {
  expect(weights({ text: ["a", "a"], rewards: [Number.NaN, Number.NaN] })).toBe("no sample has a valid reward");
  const arrays = { rewards: [9, 1], logProbability: [Number.NaN, -3] };
  expect(weights(arrays, { proximity: "log-probability" })).toEqual([0, 1]);
  expect(weights({ rewards: [9], logProbability: [Number.NaN] }, { proximity: "log-probability" })).toMatch(
    /recorded log-probability/,
  );
});

test("a similarity is refused where none is used", () => {
  const given = { proximity: "log-probability", similarity: "equality" };
  expect(mbrBestOfN.parameters.safeParse(given).error?.message).toMatch(/belongs to proximity: similarity/);
});
