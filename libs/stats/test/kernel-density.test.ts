import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { simulatedValue, valueOfDraws } from "../src/allocation-value.ts";
import { empiricalLaw, gaussianLaw, kernelLaw, scottBandwidth } from "../src/kernel-density.ts";

test("Scott's bandwidth falls with the number of values: σ̂ · d^(−1/5)", () => {
  // Sample variance of 0 … 31 is 32 · 33/12 = 88; 32^(1/5) = 2.
  const values = Array.from({ length: 32 }, (_, i) => i);
  expect(scottBandwidth(values)).toBeCloseTo(Math.sqrt(88) / 2, 12);
});

test("the value of draws from a normal law is that of its order statistics", () => {
  // E[max of k] of standard normal numbers (Harter 1961): 1/√π, 3/(2√π), 1.02938, 1.16296, 1.53875.
  const known: [number, number][] = [
    [1, 0],
    [2, 1 / Math.sqrt(Math.PI)],
    [3, 1.5 / Math.sqrt(Math.PI)],
    [4, 1.029375373],
    [5, 1.1629644736],
    [10, 1.5387527308],
  ];
  // A threshold so low that it is certainly exceeded.
  for (const [k, value] of known) expect(valueOfDraws(gaussianLaw(0, 1), -12, k)).toBeCloseTo(value, 5);
});

test("one draw from a kernel density gains the mean of E[(Z − c)+] over its kernels", () => {
  const [values, bandwidth, c] = [[-1, 0.5, 2], 0.7, 2];
  const density = (u: number) => Math.exp(-(u * u) / 2) / Math.sqrt(2 * Math.PI);
  // Φ(−u) for the three offsets, from tables: Φ(0) = .5, Φ(−2.142857) = .01606229, Φ(−4.285714) = 9.107e-6.
  const upper = [9.1073e-6, 0.01606229, 0.5];
  const expected = values.reduce((sum, value, j) => {
    const u = (c - value) / bandwidth;
    return sum + (bandwidth * density(u) - (c - value) * upper[j]!) / 3;
  }, c);
  expect(valueOfDraws(kernelLaw(values, bandwidth), c, 1)).toBeCloseTo(expected, 6);
});

test("the integral agrees with simulated draws within their error", () => {
  const random = stream(4, "rewards");
  const rewards = Array.from({ length: 30 }, () => random.normal());
  const highest = Math.max(...rewards);
  const law = kernelLaw(rewards, scottBandwidth(rewards));
  const paths = 20_000;
  const { values } = simulatedValue(law, highest, 64, paths, stream(4, "paths"));
  for (const k of [1, 8, 64]) {
    // The gain of a path is at most a few bandwidths; its standard deviation is below its range.
    const gains = values[k]! - highest;
    const error = Math.sqrt((gains * 3 * scottBandwidth(rewards)) / paths);
    expect(Math.abs(values[k]! - valueOfDraws(law, highest, k))).toBeLessThan(4 * error);
  }
});

test("the value of draws from a list is exact", () => {
  // From 1, 2, 4 above 2: one of two draws is 4 with probability 1 − (2/3)² = 5/9, worth 2 more.
  expect(valueOfDraws(empiricalLaw([1, 2, 4]), 2, 2)).toBeCloseTo(2 + (2 * 5) / 9, 12);
  expect(valueOfDraws(empiricalLaw([1, 2, 4]), 1.5, 1)).toBeCloseTo((1.5 + 2 + 4) / 3, 12);
  expect(valueOfDraws(empiricalLaw([1, 2, 4]), 4, 100)).toBe(4);
});

test("large rewards that lie close keep their value", () => {
  const near = [0, 1e-3, 2e-3];
  const shift = 2 ** 20;
  const gain = valueOfDraws(kernelLaw(near, 1e-3), 2e-3, 5) - 2e-3;
  const shifted = kernelLaw(
    near.map((value) => value + shift),
    1e-3,
  );
  expect(valueOfDraws(shifted, 2e-3 + shift, 5) - (2e-3 + shift)).toBeCloseTo(gain, 8);
});

test("a bandwidth is not negative", () => {
  expect(() => kernelLaw([1, 2], Number.NaN)).toThrow(/a bandwidth is a number >= 0, received NaN/);
});
