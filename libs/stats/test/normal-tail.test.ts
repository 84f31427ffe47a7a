import { expect, test } from "vitest";
import { exponentialMaximumMean, normalDensity, normalMaximumMean, normalTail, normalUpperTail } from "../src/index.ts";

/** Composite Simpson on [from, to]. */
function integral(f: (x: number) => number, from: number, to: number, intervals = 20_000): number {
  const step = (to - from) / intervals;
  let sum = f(from) + f(to);
  for (let i = 1; i < intervals; i++) sum += (i % 2 === 1 ? 4 : 2) * f(from + i * step);
  return (sum * step) / 3;
}

test("the upper tail has its published digits, near and far", () => {
  // Abramowitz & Stegun, tables 26.1 and 26.2.
  for (const [x, tail] of [
    [1, 0.158655253931457],
    [2, 0.0227501319481792],
    [5, 2.866515718791939e-7],
    [10, 7.619853024160525e-24],
  ] as const) {
    expect(normalUpperTail(x) / tail).toBeCloseTo(1, 12);
  }
  expect(normalUpperTail(-2)).toBeCloseTo(0.9772498680518208, 14);
});

test("the two ways to the upper tail meet where they are joined", () => {
  expect(normalUpperTail(3) / normalUpperTail(3 - 1e-12)).toBeCloseTo(1, 11);
});

test("the mean maximum of up to five normals is its closed form", () => {
  const root = Math.sqrt(Math.PI);
  const angle = Math.asin(1 / 3) / Math.PI;
  expect(normalMaximumMean(1)).toBe(0);
  expect(normalMaximumMean(2)).toBeCloseTo(1 / root, 12);
  expect(normalMaximumMean(3)).toBeCloseTo(3 / (2 * root), 12);
  expect(normalMaximumMean(4)).toBeCloseTo((3 / root) * (1 / 2 + angle), 12);
  expect(normalMaximumMean(5)).toBeCloseTo((5 / root) * (1 / 4 + (3 * angle) / 2), 12);
});

test.each([
  // Tippett 1925 and Harter 1961, to the digits that they print.
  [10, 1.53875],
  [100, 2.50759],
  [1000, 3.24144],
])("the mean maximum of %i normals is the tabulated one", (n, tabulated) => {
  expect(Math.abs(normalMaximumMean(n) - tabulated)).toBeLessThan(5.1e-6);
});

test.each([6, 16, 64, 256, 4096, 1_000_000, 1_000_000_000])(
  "the mean maximum of %i normals is the area between laws",
  (n) => {
    // Another formula by another rule: c_n = ∫_0^∞ (1 − Φ(x)^n − Φ(−x)^n) dx.
    const area = integral(
      (x) => -Math.expm1(n * Math.log1p(-normalUpperTail(x))) - normalUpperTail(x) ** n,
      0,
      14,
      28_000,
    );
    expect(Math.abs(normalMaximumMean(n) - area)).toBeLessThan(1e-10);
  },
);

test("an exponential maximum has the harmonic number as its mean, summed or expanded", () => {
  expect(exponentialMaximumMean(4)).toBeCloseTo(1 + 1 / 2 + 1 / 3 + 1 / 4, 14);
  expect(exponentialMaximumMean(1001) - exponentialMaximumMean(1000)).toBeCloseTo(1 / 1001, 12);
});

test.each([0.9, 0.5, 0.25, 0.1, 0.01, 1e-4])("the tail of share %d has the moments of its integral", (share) => {
  const { threshold, mean, deviation } = normalTail(share);
  const moment = (power: (x: number) => number) =>
    integral((x) => power(x) * normalDensity(x), threshold, threshold + 12) / share;
  expect(moment(() => 1)).toBeCloseTo(1, 10);
  expect(moment((x) => x)).toBeCloseTo(mean, 10);
  expect(Math.sqrt(moment((x) => (x - mean) ** 2))).toBeCloseTo(deviation, 10);
});

test("the tail of everything is the whole law, and other shares are refused", () => {
  expect(normalTail(1)).toEqual({ threshold: Number.NEGATIVE_INFINITY, mean: 0, deviation: 1 });
  for (const share of [0, -0.1, 1.01, Number.NaN]) expect(() => normalTail(share)).toThrow(/share is in \(0, 1\]/);
  expect(() => normalMaximumMean(0)).toThrow(RangeError);
});
