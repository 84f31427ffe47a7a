import { expect, test } from "vitest";
import { massOnHighest, meanSimilarities, standing } from "../src/index.ts";

test("a value stands below those that are higher, beside those that are equal", () => {
  expect(standing([3, 1, 4, 1, 5, Number.NaN, 3])).toEqual({
    counted: 6,
    above: Int32Array.of(2, 4, 1, 4, 0, -1, 2),
    tied: Int32Array.of(2, 2, 1, 2, 1, 0, 2),
  });
});

test("what is not counted is not ranked and moves no other", () => {
  expect(standing([9, 2, 7], (i) => i !== 0)).toEqual({
    counted: 2,
    above: Int32Array.of(-1, 1, 0),
    tied: Int32Array.of(0, 1, 1),
  });
  expect(standing([Number.NaN]).counted).toBe(0);
});

test("infinite values and both zeros have their place", () => {
  const { above, tied } = standing([0, Number.POSITIVE_INFINITY, -0, Number.NEGATIVE_INFINITY]);
  expect(Array.from(above)).toEqual([1, 0, 1, 3]);
  expect(Array.from(tied)).toEqual([2, 1, 2, 1]);
});

test("the highest share the mass", () => {
  expect(massOnHighest([2, Number.NaN, 2, 1])).toEqual({ weights: Float64Array.of(0.5, 0, 0.5, 0), tied: 2 });
  expect(massOnHighest([Number.NaN, Number.NEGATIVE_INFINITY])?.weights).toEqual(Float64Array.of(0, 1));
  expect(massOnHighest([Number.NaN])).toBeUndefined();
  expect(massOnHighest([])).toBeUndefined();
});

test("the mean similarity counts every sample, itself too, and asks once a pair", () => {
  const table = [
    [1, 0.5, 0.25],
    [0.5, 1, 0],
    [0.25, 0, 1],
  ];
  let asked = 0;
  const means = meanSimilarities(3, (i, j) => {
    asked++;
    return table[i]![j]!;
  });
  expect(means).toEqual(Float64Array.of(1.75 / 3, 1.5 / 3, 1.25 / 3));
  expect(asked).toBe(6);
});

test("the mean similarity is the same to the last bit in any order", () => {
  // Sums of 1/10, 1/3, 1/7 … differ in the last bits when added in another order.
  const similarity = (i: number, j: number) => (i === j ? 1 : 1 / (3 + ((i * j + i + j) % 11)));
  const size = 40;
  const forward = meanSimilarities(size, similarity);
  const backward = meanSimilarities(size, (i, j) => similarity(size - 1 - i, size - 1 - j));
  expect(Array.from(backward).toReversed()).toEqual(Array.from(forward));
  expect(() => meanSimilarities(5000, () => 1)).toThrow(/at most 4096 samples, received 5000/);
});
