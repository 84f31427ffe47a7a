import { stream } from "@touchstone/core";
import { drawnView } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { softBestOfN } from "../src/index.ts";

function weights(rewards: number[], given: object = {}, rewardScale = 1): number[] {
  const view = drawnView({ rewards, rewardScale });
  const selection = softBestOfN.select(view, softBestOfN.parameters.parse(given), stream(1));
  if (selection.kind === "abstained") throw new Error(selection.reason);
  return Array.from(selection.weights);
}

test("the weights are the softmax of the rewards", () => {
  // e^0 : e^(ln 2) : e^(ln 5) = 1 : 2 : 5, at λ = 2 their square roots.
  const rewards = [0, Math.log(2), Math.log(5)];
  expect(weights(rewards)).toEqual([1 / 8, 2 / 8, 5 / 8].map((weight) => expect.closeTo(weight, 12)));
  const roots = [1, Math.SQRT2, Math.sqrt(5)];
  const sum = roots.reduce((a, b) => a + b);
  expect(weights(rewards, { lambda: 2 })).toEqual(roots.map((root) => expect.closeTo(root / sum, 12)));
});

test("towards 0 it is best-of-n, ties shared; towards infinity any sample alike", () => {
  expect(weights([1, 3, 3, 2], { lambda: 1e-9 })).toEqual([0, 0.5, 0.5, 0]);
  expect(weights([1, 3, -3, 2], { lambda: 1e12 })).toEqual([1, 1, 1, 1].map(() => expect.closeTo(0.25, 9)));
});

test("a constant added to the rewards changes nothing, however large", () => {
  const shifted = weights([1e6 + 1, 1e6 + 2, 1e6]);
  expect(shifted).toEqual(weights([1, 2, 0]).map((weight) => expect.closeTo(weight, 9)));
});

test("in units of the standard deviation the scale of the rewards does not matter", () => {
  const given = { lambda: 0.5, unit: "sd" };
  expect(weights([10, 20, 40], given, 10)).toEqual(weights([1, 2, 4], given, 1));
  expect(weights([1, 2, 4], given, 1)).toEqual(weights([1, 2, 4], { lambda: 0.5 }));
});

test("the expected reward is that of the tilted law as the samples cover the base law", () => {
  // Base law: fair coin over rewards 0 and ln 3. Tilted by exp(r): 1/4 and 3/4. n equal shares of the coin are the base law.
  const tilted = weights([0, Math.log(3), 0, Math.log(3), 0, Math.log(3)]);
  expect(tilted[1]! + tilted[3]! + tilted[5]!).toBeCloseTo(3 / 4, 12);
});

test("failed rewards have no weight and infinite ones all of it", () => {
  expect(weights([Number.NaN, 1, Number.NaN])).toEqual([0, 1, 0]);
  expect(weights([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toEqual([0, 0.5, 0.5]);
  expect(weights([Number.NEGATIVE_INFINITY, 0])).toEqual([0, 1]);
  expect(weights([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toEqual([0.5, 0.5]);
});

test("the effective number of samples runs from 1 to n", () => {
  const effective = (rewards: number[]) =>
    softBestOfN.select(drawnView({ rewards }), softBestOfN.parameters.parse({}), stream(1)).diagnostics;
  expect(effective([5, 5, 5])).toEqual({ effective_samples: expect.closeTo(3, 12) });
  expect(effective([900, 0, 0])).toEqual({ effective_samples: 1 });
});

test("a temperature is positive", () => {
  expect(softBestOfN.parameters.safeParse({ lambda: 0 }).success).toBe(false);
});
