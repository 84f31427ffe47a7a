import { stream } from "@touchstone/core";
import { drawnView } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { pessimisticBestOfN } from "../src/index.ts";
import { pessimism } from "../src/pessimism.ts";

const solve = (rewards: readonly number[], beta: number) => pessimism(Float64Array.from(rewards), beta)!;
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

function weights(rewards: number[], given: object = {}, rewardScale = 1): number[] {
  const view = drawnView({ rewards, rewardScale });
  const selection = pessimisticBestOfN.select(view, pessimisticBestOfN.parameters.parse(given), stream(1));
  if (selection.kind === "abstained") throw new Error(selection.reason);
  return Array.from(selection.weights);
}

test("the threshold is where the weights average to 1", () => {
  // β = 1/2, N = 4: keeping {3, 2}, λ = (5 − 2)/2 = 1.5, weights (3 − 1.5)·2 = 3 and (2 − 1.5)·2 = 1; 1 and 0 are below.
  const solved = solve([1, 3, 0, 2], 0.5);
  expect(Array.from(solved.weights)).toEqual(close([0, 3, 0, 1]));
  expect(solved).toMatchObject({ lambda: expect.closeTo(1.5, 12), kept: 2, valid: 4 });
});

test("weights average 1 for any rewards and any strength", () => {
  const random = stream(4, "rewards");
  for (let trial = 0; trial < 200; trial++) {
    const rewards = Array.from({ length: 1 + random.integer(20) }, () => Math.round(4 * random.normal()) / 2);
    const solved = solve(rewards, 10 ** (4 * random.uniform() - 2));
    expect(mean(solved.weights)).toBeCloseTo(1, 9);
    expect(solved.weights.filter((weight) => weight > 0)).toHaveLength(solved.kept);
  }
});

test("no other weights of mean 1 have a higher penalised reward", () => {
  const rewards = [0.4, -1, 1.7, 0.9];
  for (const beta of [0.1, 0.6, 3]) {
    const objective = (w: ArrayLike<number>) =>
      mean(rewards.map((reward, i) => w[i]! * reward - (beta / 2) * w[i]! ** 2));
    const best = objective(solve(rewards, beta).weights);
    // The whole simplex on a grid of sixteenths.
    for (let a = 0; a <= 16; a++) {
      for (let b = 0; a + b <= 16; b++) {
        for (let c = 0; a + b + c <= 16; c++) {
          const shares = [a, b, c, 16 - a - b - c].map((share) => share / 4);
          expect(objective(shares)).toBeLessThanOrEqual(best + 1e-12);
        }
      }
    }
  }
});

test("towards 0 it is best-of-n, ties shared; towards infinity any sample alike", () => {
  expect(weights([1, 3, 3, 2], { beta: 1e-6 })).toEqual(close([0, 0.5, 0.5, 0]));
  expect(weights([1, 3, -3, 2], { beta: 1e12 })).toEqual([1, 1, 1, 1].map(() => expect.closeTo(0.25, 9)));
});

test("where all are kept the weights are 1 plus the centred rewards over beta", () => {
  // Mean 2; β = 4: 1 + (r − 2)/4.
  expect(Array.from(solve([1, 2, 3], 4).weights)).toEqual(close([0.75, 1, 1.25]));
});

test("twice the same samples decide the same: strength does not grow with their number", () => {
  const once = weights([0.2, 1.4, 0.9, -2], { beta: 0.3 });
  const twice = weights([0.2, 1.4, 0.9, -2, 0.2, 1.4, 0.9, -2], { beta: 0.3 });
  expect(twice.slice(0, 4).map((weight, i) => weight + twice[i + 4]!)).toEqual(close(once));
});

test("a constant added to the rewards, or their unit, changes nothing", () => {
  const given = { beta: 0.5 };
  expect(weights([1e7 + 1, 1e7 + 2], given)).toEqual(close(weights([1, 2], given)));
  expect(weights([10, 20, 40], { beta: 0.5, unit: "sd" }, 10)).toEqual(close(weights([1, 2, 4], given)));
});

test("failed rewards are not counted, infinite ones take all or nothing", () => {
  expect(weights([Number.NaN, 1, 3, 0, 2], { beta: 0.5 })).toEqual(close([0, 0, 0.75, 0, 0.25]));
  expect(weights([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toEqual([0, 0.5, 0.5]);
  expect(weights([Number.NEGATIVE_INFINITY, 0, 0], { beta: 5 })).toEqual([0, 0.5, 0.5]);
  expect(weights([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toEqual([0.5, 0.5]);
});

test("the share that is kept and the threshold are reported", () => {
  const view = drawnView({ rewards: [1, 3, 0, 2] });
  expect(pessimisticBestOfN.select(view, { beta: 0.5, unit: "raw" }, stream(1)).diagnostics).toEqual({
    kept_share: 0.5,
    threshold: expect.closeTo(1.5, 12),
  });
});
