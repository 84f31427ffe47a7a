import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { bestOfNWeights, oracle, passAtK, randomChoice } from "../src/index.ts";
import { subsets } from "./enumerate.ts";

/** Best-of-n on every subset of size n: who wins how often, ties sharing; and how often nobody can. */
function enumerateBestOfN(rewards: readonly number[], n: number) {
  const weights = new Float64Array(rewards.length);
  let abstained = 0;
  let count = 0;
  for (const subset of subsets(rewards.length, n)) {
    count++;
    const valid = subset.filter((i) => !Number.isNaN(rewards[i]!));
    if (valid.length === 0) {
      abstained++;
      continue;
    }
    const best = Math.max(...valid.map((i) => rewards[i]!));
    const winners = valid.filter((i) => rewards[i] === best);
    for (const i of winners) weights[i]! += 1 / winners.length;
  }
  return { weights: weights.map((weight) => weight / count), abstained: abstained / count };
}

test.each([
  ["different rewards", [0.3, -1, 2, 0.9, 5, 4.5, -7]],
  ["ties at the top, in the middle and at the bottom", [1, 1, 0, 0, 0, -2, -2, 1]],
  ["failed rewards", [Number.NaN, 3, 1, Number.NaN, 2, Number.NaN]],
  ["ties and failed rewards", [2, Number.NaN, 2, 1, 1, Number.NaN, 1]],
  ["infinite rewards", [Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0]],
  ["only failed rewards", [Number.NaN, Number.NaN, Number.NaN]],
  ["all equal", [4, 4, 4, 4, 4]],
  ["a single sample", [1]],
])("the weights of best-of-n are those of all subsets: %s", (_, rewards) => {
  for (let n = 1; n <= rewards.length; n++) {
    const exact = enumerateBestOfN(rewards, n);
    const weights = bestOfNWeights(rewards, n);
    for (let i = 0; i < rewards.length; i++) expect(weights[i]).toBeCloseTo(exact.weights[i]!, 12);
    const mass = weights.reduce((a, b) => a + b, 0);
    expect(1 - mass).toBeCloseTo(exact.abstained, 12);
  }
});

test("the weights stay a law on a large pool, at every n", () => {
  const random = stream(1, "pool");
  const rewards = Float64Array.from({ length: 1024 }, () => random.normal());
  const best = rewards.indexOf(Math.max(...rewards));
  for (const n of [1, 2, 64, 511, 1023, 1024]) {
    const weights = bestOfNWeights(rewards, n);
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
    // The best sample wins whenever it is drawn.
    expect(weights[best]).toBeCloseTo(n / 1024, 12);
  }
});

test("a subset larger than the pool has no weights", () => {
  expect(bestOfNWeights([1, 2], 3)).toEqual(Float64Array.of(Number.NaN, Number.NaN));
  expect(() => bestOfNWeights([1, 2], 0)).toThrow(/n must be a whole number >= 1, received 0/);
  expect(() => bestOfNWeights([1, 2], 1.5)).toThrow(RangeError);
});

test("pass@k is the share of subsets with a correct sample", () => {
  for (let n = 1; n <= 7; n++) {
    for (let c = 0; c <= n; c++) {
      for (let k = 1; k <= n; k++) {
        const all = [...subsets(n, k)];
        const passed = all.filter((subset) => subset.some((i) => i < c)).length;
        expect(passAtK(n, c, k)).toBeCloseTo(passed / all.length, 12);
      }
    }
  }
});

test("pass@k with fewer than k samples is undefined, also where all are correct", () => {
  expect(passAtK(3, 3, 4)).toBeNaN();
  expect(passAtK(0, 0, 1)).toBeNaN();
  expect(() => passAtK(3, 4, 1)).toThrow(/received 4/);
  expect(() => passAtK(3, 1, 0)).toThrow(/k must be/);
});

test("the oracle is the expected highest grade over subsets, and pass@k for right-or-wrong grades", () => {
  const grades = [0, 0.25, 1, 0.25, 0.5];
  for (let n = 1; n <= grades.length; n++) {
    const all = [...subsets(grades.length, n)];
    const exact = all.reduce((sum, subset) => sum + Math.max(...subset.map((i) => grades[i]!)), 0) / all.length;
    expect(oracle(grades, n)).toBeCloseTo(exact, 12);
    expect(oracle([1, 0, 0, 1, 0], n)).toBeCloseTo(passAtK(5, 2, n), 12);
  }
  expect(oracle([1, Number.NaN], 1)).toBeNaN();
  expect(oracle([1], 2)).toBeNaN();
});

test("random choice is the mean grade", () => {
  expect(randomChoice([0, 1, 1, 0.5])).toBeCloseTo(0.625, 12);
  expect(randomChoice([])).toBeNaN();
});
