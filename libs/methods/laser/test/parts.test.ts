import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { rankAgreement, standardisedMean } from "../src/choose.ts";
import { contextMap } from "../src/context.ts";
import { laserParameters } from "../src/parameters.ts";
import { RewardRange } from "../src/reward-range.ts";

const numbers = (key: string, length: number) => {
  const random = stream(2, key);
  return Float64Array.from({ length }, () => random.normal());
};
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

test("contexts have length 1 before the 1 that is appended", () => {
  const map = contextMap([numbers("a", 200)], { dimension: 32, centred: false }, stream(1));
  const context = map.context(numbers("b", 200));
  expect(map.length).toBe(33);
  expect(context).toHaveLength(33);
  expect(context.at(-1)).toBe(1);
  expect(dot(context, context)).toBeCloseTo(2, 12);
});

test("a projection keeps what is alike alike", () => {
  const map = contextMap([numbers("a", 400)], { dimension: 64, centred: false }, stream(1));
  const [one, other] = [numbers("a", 400), numbers("b", 400)];
  const near = one.map((value, i) => value + 0.1 * other[i]!);
  const cosine = (a: Float64Array, b: Float64Array) => dot(map.context(a), map.context(b)) - 1;
  // The true cosines are about .995 and 0; the error of a projection to 64 dimensions is about 1/8.
  expect(cosine(one, near)).toBeGreaterThan(0.97);
  expect(Math.abs(cosine(one, other))).toBeLessThan(0.5);
});

test("short embeddings are not projected, and centring takes away what all share", () => {
  const shared = [
    [10, 1, 0],
    [10, -1, 0],
  ];
  const plain = contextMap(shared, { dimension: 32, centred: false }, stream(1));
  const centred = contextMap(shared, { dimension: 32, centred: true }, stream(1));
  expect(plain.context([10, 0, 0])).toEqual(Float64Array.of(1, 0, 0, 1));
  expect(centred.context([10, 2, 0])).toEqual(Float64Array.of(0, 1, 0, 1));
  expect(centred.context([10, 0, 0])).toEqual(Float64Array.of(0, 0, 0, 1));
});

test("rewards of unknown range are scaled by the percentiles of what was seen", () => {
  const range = new RewardRange();
  expect(range.scale(-3)).toBe(0.5);
  // Of −3 and −1: percentiles −2.6 and −1.4, so −1 is beyond the upper one.
  expect(range.scale(-1)).toBe(1);
  // Of −3, −2, −1: percentiles −2.6 and −1.4, and −2 is in the middle.
  expect(range.scale(-2)).toBeCloseTo(0.5, 12);
  expect(range.scale(-9)).toBe(0);
});

test("scores are standardised within a problem before they are averaged", () => {
  // (1, 2, 3) → (−1, 0, 1), (0, 300, 0) → mean 100, sd 173.2: (−.577, 1.155, −.577).
  const scores = standardisedMean([Float64Array.of(1, 2, 3), Float64Array.of(0, 300, 0)]);
  const z = 1 / Math.sqrt(3);
  [(-1 - z) / 2, z, (1 - z) / 2].forEach((expected, i) => expect(scores[i]).toBeCloseTo(expected, 12));
});

test("rankings are averaged, ties at their mean rank", () => {
  const scores = rankAgreement([Float64Array.of(1, 5, 3), Float64Array.of(7, 7, -2)]);
  expect([...scores]).toEqual([(0 + 0.75) / 2, (1 + 0.75) / 2, (0.5 + 0) / 2]);
});

test("where a reward model failed the others decide, and where all failed nothing wins", () => {
  const failed = Float64Array.of(Number.NaN, 1, Number.NaN);
  const valid = Float64Array.of(2, 2, Number.NaN);
  expect([...standardisedMean([failed, valid])]).toEqual([0, 0, Number.NaN]);
  expect([...rankAgreement([failed, valid])]).toEqual([0.5, (1 + 0.5) / 2, Number.NaN]);
});

test("parameters that do not go together are refused in words", () => {
  const message = (given: object) => laserParameters.safeParse(given).error?.message;
  expect(message({ online: true })).toMatch(/no labels to learn from while deciding/);
  expect(message({ online: true, signal: "agreement", policy: "random" })).toMatch(/only linucb and exp3 learn/);
  expect(message({ model: "small" })).toMatch(/model names the reward model of policy: single/);
  expect(message({ online: true, signal: "agreement" })).toBeUndefined();
});
