import { expect, test } from "vitest";
import { bestOfNKLUpperBound, bestOfNWeights, bestOfNWinRateUpperBound, pairwiseAccuracy } from "../src/index.ts";

test("pairwise accuracy counts ordered pairs, ties as half, failed rewards apart", () => {
  // Correct samples 0 and 1, wrong ones 2, 3, 4. Pairs: 0>2 yes, 0>3 yes, 1>2 tie, 1>3 no; all pairs with 4 fail.
  const result = pairwiseAccuracy([5, 2, 2, 3, Number.NaN], [1, 1, 0, 0, 0]);
  expect(result).toEqual({ accuracy: 2.5 / 4, pairs: 4, failed: 2 });
});

test("pairwise accuracy is 1, 0 and ½ for perfect, reversed and constant rewards", () => {
  const grades = [0, 0.5, 1, 1];
  expect(pairwiseAccuracy([-3, 1, 2, Number.POSITIVE_INFINITY], grades).accuracy).toBe(1);
  expect(pairwiseAccuracy([3, 1, 0, 0], grades).accuracy).toBe(0);
  expect(pairwiseAccuracy([7, 7, 7, 7], grades).accuracy).toBe(0.5);
});

test("pairwise accuracy is undefined where all grades are equal", () => {
  expect(pairwiseAccuracy([1, 2], [1, 1])).toEqual({ accuracy: Number.NaN, pairs: 0, failed: 0 });
  expect(() => pairwiseAccuracy([1], [1, 0])).toThrow(/received 1 and 2/);
});

test("the KL bound is the divergence of best-of-n for a continuous reward", () => {
  // The winner's quantile u has density n·u^(n−1) against 1: integrate by midpoints.
  for (const n of [1, 2, 16]) {
    const steps = 200_000;
    let divergence = 0;
    for (let i = 0; i < steps; i++) {
      const density = n * ((i + 0.5) / steps) ** (n - 1);
      divergence += density > 0 ? (density * Math.log(density)) / steps : 0;
    }
    expect(bestOfNKLUpperBound(n)).toBeCloseTo(divergence, 5);
  }
});

test("with ties the divergence is below the bound", () => {
  // Two outcomes of chance ½: best-of-n misses the better one with chance 2^−n.
  for (const n of [2, 4, 8]) {
    const miss = 2 ** -n;
    const divergence = miss * Math.log(miss * 2) + (1 - miss) * Math.log((1 - miss) * 2);
    expect(divergence).toBeLessThan(bestOfNKLUpperBound(n));
  }
});

test("the win-rate bound is reached by best-of-n without ties", () => {
  // Winner of n against one more sample: the best of n + 1 equally likely ones is among the n.
  for (const n of [1, 3, 9]) {
    const weights = bestOfNWeights([...Array(n + 1).keys()], n);
    expect(bestOfNWinRateUpperBound(n)).toBeCloseTo(weights[n]!, 12);
  }
});
