import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { clusteredMean, holm, minimumDetectableDifference, pairedComparison, tTwoSidedP } from "../src/index.ts";

test("the comparison is that of the paired differences", () => {
  // Differences 1, 0, 2, 1: mean 1, sd √(2/3), SE √(1/6); t = √6 with 3 degrees of freedom.
  const a = [1, 1, 3, 2];
  const b = [0, 1, 1, 1];
  const result = pairedComparison(a, b, ["w", "x", "y", "z"]);
  expect(result.difference).toBeCloseTo(1, 12);
  expect(result.standardError).toBeCloseTo(Math.sqrt(1 / 6), 12);
  expect(result.p).toBeCloseTo(tTwoSidedP(Math.sqrt(6), 3), 12);
  // a − 1.75 = −.75, −.75, 1.25, .25 and b − .75 = −.75, .25, .25, .25: Σxy = .75, Σxx = 2.75, Σyy = .75.
  expect(result.correlation).toBeCloseTo(0.75 / Math.sqrt(2.75 * 0.75), 12);
});

test("swapping the methods turns the sign and nothing else", () => {
  const a = [0.2, 0.9, 0.4, 0.7, 0.1];
  const b = [0.1, 0.5, 0.6, 0.2, 0.1];
  const clusters = [1, 1, 2, 3, 4];
  const forth = pairedComparison(a, b, clusters);
  const back = pairedComparison(b, a, clusters);
  expect(back.difference).toBeCloseTo(-forth.difference, 12);
  expect(back.low).toBeCloseTo(-forth.high, 12);
  expect(back.p).toBeCloseTo(forth.p, 12);
});

test("pairing removes the variance that problems share", () => {
  const random = stream(3, "pairing");
  const difficulty = Array.from({ length: 200 }, () => random.normal());
  const clusters = difficulty.map((_, i) => i);
  const a = difficulty.map((d) => d + 0.1 * random.normal());
  const b = difficulty.map((d) => d + 0.1 * random.normal());
  const unpaired = Math.hypot(clusteredMean(a, clusters).standardError, clusteredMean(b, clusters).standardError);
  const paired = pairedComparison(a, b, clusters);
  // SE² = (1 + .01 + 1 + .01)/n unpaired and (.01 + .01)/n paired: a ratio of about 10.
  expect(unpaired / paired.standardError).toBeGreaterThan(8);
  expect(paired.correlation).toBeGreaterThan(0.98);
});

test("p-values of equal methods are below .05 in one of twenty comparisons", () => {
  const random = stream(4, "size");
  const trials = 4000;
  let rejected = 0;
  for (let trial = 0; trial < trials; trial++) {
    const a = Array.from({ length: 24 }, () => random.normal());
    const b = Array.from({ length: 24 }, () => random.normal());
    const clusters = a.map((_, i) => i % 12);
    if (pairedComparison(a, b, clusters).p < 0.05) rejected++;
  }
  expect(Math.abs(rejected / trials - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / trials));
});

test("a method equal to itself has p = 1 and says nothing about what could be detected", () => {
  const same = pairedComparison([0, 1, 0.5], [0, 1, 0.5], [1, 2, 3]);
  expect(same).toMatchObject({ difference: 0, standardError: 0, low: 0, high: 0, correlation: 1 });
  expect(same.p).toBeCloseTo(1, 12);
  expect(same.minimumDetectableDifference).toBeNaN();
});

test("NaN pairs propagate, or are left out on both sides", () => {
  const a = [1, Number.NaN, 3, 5];
  const b = [0, 1, Number.NaN, 2];
  expect(pairedComparison(a, b, [1, 2, 3, 4]).difference).toBeNaN();
  const omitted = pairedComparison(a, b, [1, 2, 3, 4], { missing: "omit" });
  expect(omitted).toMatchObject({ difference: 2, n: 2, missing: 2, correlation: expect.closeTo(1, 12) });
});

test("the minimum detectable difference uses the quantiles of the test", () => {
  // t_{.975, 10} = 2.228 and t_{.8, 10} = .879 (table); normal limit 1.960 + .842.
  expect(minimumDetectableDifference(1, 10)).toBeCloseTo(3.107, 3);
  expect(minimumDetectableDifference(0.5, 1e6)).toBeCloseTo(2.8016 / 2, 4);
});

test("a difference of the minimum detectable size is found in about 80 % of experiments", () => {
  const random = stream(5, "power");
  const n = 40;
  const difference = minimumDetectableDifference(1 / Math.sqrt(n), n - 1);
  const clusters = Array.from({ length: n }, (_, i) => i);
  const trials = 2000;
  let found = 0;
  for (let trial = 0; trial < trials; trial++) {
    const a = clusters.map(() => difference + random.normal());
    if (pairedComparison(a, new Float64Array(n), clusters).p < 0.05) found++;
  }
  // The t approximation is within one point of the noncentral power here; four binomial standard errors on top.
  expect(Math.abs(found / trials - 0.8)).toBeLessThan(0.01 + 4 * Math.sqrt((0.8 * 0.2) / trials));
});

test("Holm steps down, keeps order and never falls below an earlier value", () => {
  // Sorted .005, .01, .03, .04 times 4, 3, 2, 1: .02, .03, .06, .04 → .06.
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((value, i) => expect(adjusted[i]).toBeCloseTo(value, 12));
  expect(holm([0.6, 0.9])).toEqual(Float64Array.of(1, 1));
});

test("Holm leaves undefined p-values undefined and does not count them", () => {
  const adjusted = holm([Number.NaN, 0.02, 0.5]);
  expect(adjusted[0]).toBeNaN();
  expect(adjusted[1]).toBeCloseTo(0.04, 12);
  expect(adjusted[2]).toBeCloseTo(0.5, 12);
});
