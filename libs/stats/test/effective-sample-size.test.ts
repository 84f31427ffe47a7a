import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { effectiveSampleSize } from "../src/index.ts";

test("independent values are worth themselves, and never more", () => {
  const random = stream(1, "independent");
  const trace = Float64Array.from({ length: 4000 }, () => random.normal());
  expect(effectiveSampleSize(trace)).toBeGreaterThan(3400);
  expect(effectiveSampleSize(trace)).toBeLessThanOrEqual(4000);
});

test.each([0.5, 0.9])("an autoregression of coefficient %d is worth (1 − φ)/(1 + φ) of its length", (phi) => {
  const random = stream(2, "autoregression");
  const n = 40_000;
  const trace = new Float64Array(n);
  for (let i = 1; i < n; i++) trace[i] = phi * trace[i - 1]! + random.normal();
  const expected = (n * (1 - phi)) / (1 + phi);
  expect(Math.abs(effectiveSampleSize(trace) / expected - 1)).toBeLessThan(0.15);
});

test("by hand: adjacent pairs are added until they vanish", () => {
  // Mean 0, covariances 4, 1, −2, −3 (divided by 4 each): pairs (4 + 1)/4 and a negative one. τ = −1 + 2·1.25 = 1.5.
  expect(effectiveSampleSize([1, 1, -1, -1])).toBeCloseTo(4 / 1.5, 12);
});

test("alternating values are worth their number, not more", () => {
  expect(effectiveSampleSize([1, -1, 1, -1, 1, -1])).toBe(6);
});

test("a chain that never moved says nothing", () => {
  expect(effectiveSampleSize([0.1, 0.1, 0.1])).toBeNaN();
  expect(effectiveSampleSize([5])).toBeNaN();
});
