import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import {
  clusterBootstrapCurve,
  clusteredMean,
  mean,
  median,
  midRanks,
  monteCarloError,
  monteCarloErrorOfMean,
  pearson,
  quantile,
  spearman,
  standardDeviation,
} from "../src/index.ts";

test("quantiles interpolate between order statistics", () => {
  // R, type 7: position p·(n − 1).
  expect(quantile([4, 1, 3, 2], 0.25)).toBeCloseTo(1.75, 12);
  expect(quantile([10, 20], 1)).toBe(20);
  expect(median([5, 1, 3])).toBe(3);
  expect(quantile([], 0.5)).toBeNaN();
  expect(quantile([1, Number.NaN], 0)).toBeNaN();
  expect(() => quantile([1], 1.1)).toThrow(/received 1.1/);
});

test("mean and standard deviation, and where they are undefined", () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(standardDeviation([1, 3])).toBeCloseTo(Math.SQRT2, 12);
  expect(mean([])).toBeNaN();
  expect(standardDeviation([1])).toBeNaN();
});

test("Spearman is Pearson of mid-ranks", () => {
  expect(midRanks([5, 6, 7, 8, 7])).toEqual(Float64Array.of(1, 2, 3.5, 5, 3.5));
  // Ranks 1…5 against those: Σxy = 8, Σxx = 10, Σyy = 9.5.
  expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(8 / Math.sqrt(95), 12);
  expect(spearman([1, 2, 3, 4], [1, 8, 27, 1e9])).toBeCloseTo(1, 12);
  expect(spearman([1, 2, 3], [3, 2, Number.NEGATIVE_INFINITY])).toBeCloseTo(-1, 12);
});

test("correlations are undefined for constants, too few pairs and, unless left out, NaN", () => {
  expect(pearson([1, 1, 1], [1, 2, 3])).toBeNaN();
  expect(pearson([1], [2])).toBeNaN();
  expect(spearman([1, 2, Number.NaN], [1, 2, 3])).toBeNaN();
  expect(spearman([1, 2, Number.NaN], [1, 2, 0], "omit")).toBeCloseTo(1, 12);
});

test("the Monte-Carlo error is the spread of the mean over replicates", () => {
  // sd of 0, 1, 0, 1 is √(1/3).
  expect(monteCarloError([0, 1, 0, 1])).toBeCloseTo(Math.sqrt(1 / 3) / 2, 12);
  expect(monteCarloError([1])).toBeNaN();
  expect(monteCarloErrorOfMean([0.3, 0.4])).toBeCloseTo(0.25, 12);
});

test("the bootstrap spread of a point is its clustered standard error", () => {
  const random = stream(6, "values");
  const clusters = Array.from({ length: 120 }, (_, i) => i % 30);
  const shared = Array.from({ length: 30 }, () => random.normal());
  const point = clusters.map((c) => shared[c]! + random.normal());
  const reference = clusteredMean(point, clusters);
  const band = clusterBootstrapCurve([point], clusters, stream(6, "bootstrap"), { replicates: 4000 });
  expect(band.estimate[0]).toBeCloseTo(reference.estimate, 12);
  // Percentiles of 4000 draws of a near-normal mean; the factor C/(C−1) is not in the bootstrap.
  const halfWidth = (band.high[0]! - band.low[0]!) / 2;
  expect(halfWidth / (1.96 * reference.standardError)).toBeGreaterThan(0.92);
  expect(halfWidth / (1.96 * reference.standardError)).toBeLessThan(1.06);
});

test("bands move whole curves: a point repeated has the same band, and the simultaneous band is the wider", () => {
  const random = stream(7, "values");
  const clusters = Array.from({ length: 40 }, (_, i) => i);
  const one = clusters.map(() => random.uniform());
  const two = clusters.map(() => random.uniform());
  const band = clusterBootstrapCurve([one, two, one], clusters, stream(7, "bootstrap"));
  expect(band.low[0]).toBe(band.low[2]);
  expect(band.simultaneousHigh[0]).toBe(band.simultaneousHigh[2]);
  expect(band.simultaneousHigh[0]! - band.simultaneousLow[0]!).toBeGreaterThan(band.high[0]! - band.low[0]!);
  const again = clusterBootstrapCurve([one, two, one], clusters, stream(7, "bootstrap"));
  expect(again).toEqual(band);
});

test("bands of constants are points, of one cluster undefined, of NaN undefined at that point alone", () => {
  const constant = clusterBootstrapCurve([[1, 1, 1]], [1, 2, 3], stream(8));
  expect([constant.low[0], constant.high[0], constant.simultaneousLow[0]]).toEqual([1, 1, 1]);
  expect(clusterBootstrapCurve([[0, 1]], ["a", "a"], stream(8)).low[0]).toBeNaN();
  const mixed = clusterBootstrapCurve(
    [
      [0, Number.NaN, 1],
      [0, 1, 1],
    ],
    [1, 2, 3],
    stream(8),
  );
  expect(mixed.low[0]).toBeNaN();
  expect(mixed.low[1]).toBeGreaterThanOrEqual(0);
  expect(mixed.simultaneousHigh[1]).toBeGreaterThan(mixed.estimate[1]!);
});
