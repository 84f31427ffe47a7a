import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RESULTS } from "../src/places.ts";
import type { GradientReport } from "../src/report.ts";
import type { RewardLaw } from "../src/tabular.ts";

// Tables of an earlier, separate simulation of ours, in other code.

const report = JSON.parse(readFileSync(RESULTS, "utf8")) as GradientReport;

/** By n and estimator: [m, location, scale]; Monte-Carlo error at most .027. */
const GRADIENTS: Record<number, Record<string, readonly (readonly [number, number, number])[]>> = {
  64: {
    rloo: [
      [8, 1, 0],
      [16, 1, 0],
      [64, 1, 0],
    ],
    "max-at-k, k = m": [
      [8, 1, 1.42],
      [16, 1, 1.76],
      [64, 1, 2.34],
    ],
    tea: [
      [16, 0.67, 1.23],
      [64, 0.88, 1.94],
    ],
    "tea, alpha = .5": [
      [8, 0.68, 1.09],
      [16, 0.79, 1.57],
      [64, 0.93, 2.11],
    ],
    "tea, alpha = 1": [
      [8, 0.88, 1.38],
      [16, 0.94, 1.77],
      [64, 0.98, 2.16],
    ],
    "prefix-tea": [
      [16, 0.88, 1.86],
      [64, 0.97, 2.27],
    ],
    "prefix-tea-cross-fitted": [
      [16, 0.7, 2.03],
      [64, 0.95, 2.29],
    ],
    "order-statistic-extrapolation (1, m)": [
      [8, 1, 2.34],
      [16, 1, 2.34],
    ],
  },
  256: {
    "max-at-k, k = m": [
      [8, 1, 1.43],
      [16, 1, 1.77],
      [64, 1, 2.34],
    ],
    tea: [
      [16, 0.64, 1.33],
      [32, 0.75, 1.87],
      [64, 0.85, 2.26],
    ],
    "tea, alpha = .5": [
      [8, 0.66, 1.22],
      [16, 0.77, 1.84],
      [32, 0.86, 2.26],
      [64, 0.92, 2.51],
    ],
    "prefix-tea": [
      [16, 0.85, 2.19],
      [32, 0.93, 2.59],
      [64, 0.97, 2.74],
    ],
    "prefix-tea-cross-fitted": [
      [16, 0.6, 2.42],
      [32, 0.79, 2.59],
      [64, 0.95, 2.77],
    ],
    "order-statistic-extrapolation (1, m)": [[16, 1, 2.84]],
  },
};

describe("mean gradients are the earlier table's within three standard errors", () => {
  const cases = Object.entries(GRADIENTS).flatMap(([n, rows]) =>
    Object.entries(rows).flatMap(([label, cells]) => cells.map((cell) => [Number(n), label, ...cell] as const)),
  );
  test.each(cases)("n = %i, %s, m = %i", (n, label, size, location, scale) => {
    const cell = report.locationScale.find((candidate) => candidate.n === n && candidate.size === size)!;
    const row = cell.rows.find((candidate) => candidate.label === label)!;
    for (const [received, earlier] of [
      [row.location, location],
      [row.scale, scale],
    ] as const) {
      expect(Math.abs(received.mean - earlier)).toBeLessThan(3 * Math.hypot(received.standardError, 0.027));
    }
  });
});

const LAWS: readonly RewardLaw[] = ["normal", "exponential", "uniform", "lognormal(.75)"];

/** m = 16, by n and estimator: for each law the cosine of the mean and of a batch. */
const COSINES: Record<number, Record<string, readonly (readonly [number, number])[]>> = {
  64: {
    rloo: [
      [0.31, 0.3],
      [0.51, 0.48],
      [0.3, 0.29],
      [0.6, 0.57],
    ],
    "grpo-z": [
      [0.27, 0.26],
      [0.35, 0.33],
      [0.29, 0.28],
      [0.35, 0.33],
    ],
    "max-at-k, k = m": [
      [0.87, 0.79],
      [0.91, 0.84],
      [0.81, 0.67],
      [0.94, 0.88],
    ],
    tea: [
      [0.85, 0.78],
      [0.89, 0.83],
      [0.81, 0.69],
      [0.92, 0.86],
    ],
    "tea, alpha = .5": [
      [0.76, 0.7],
      [0.82, 0.76],
      [0.65, 0.56],
      [0.87, 0.81],
    ],
    "tea, alpha = 1": [
      [0.6, 0.53],
      [0.74, 0.69],
      [0.48, 0.44],
      [0.81, 0.76],
    ],
    "prefix-tea": [
      [0.76, 0.71],
      [0.82, 0.77],
      [0.64, 0.55],
      [0.87, 0.81],
    ],
    "prefix-tea-cross-fitted": [
      [0.84, 0.65],
      [0.97, 0.69],
      [0.5, 0.29],
      [0.99, 0.84],
    ],
    "order-statistic-extrapolation (1, m)": [
      [0.89, 0.8],
      [0.92, 0.85],
      [0.81, 0.64],
      [0.94, 0.88],
    ],
    "order-statistic-extrapolation (m/2, m)": [
      [0.94, 0.82],
      [0.95, 0.87],
      [0.81, 0.5],
      [0.97, 0.9],
    ],
  },
  256: {
    "max-at-k, k = m": [
      [0.64, 0.57],
      [0.71, 0.63],
      [0.49, 0.4],
      [0.76, 0.7],
    ],
    tea: [
      [0.65, 0.58],
      [0.71, 0.62],
      [0.51, 0.4],
      [0.76, 0.7],
    ],
    "tea, alpha = .5": [
      [0.54, 0.48],
      [0.62, 0.55],
      [0.33, 0.28],
      [0.68, 0.64],
    ],
    "prefix-tea-cross-fitted": [
      [0.67, 0.5],
      [0.85, 0.59],
      [0.22, 0.13],
      [0.93, 0.76],
    ],
    "order-statistic-extrapolation (1, m)": [
      [0.67, 0.59],
      [0.72, 0.64],
      [0.46, 0.36],
      [0.77, 0.71],
    ],
    "order-statistic-extrapolation (m/2, m)": [
      [0.75, 0.63],
      [0.79, 0.68],
      [0.4, 0.24],
      [0.82, 0.75],
    ],
  },
};

describe("cosines for m = 16 are the earlier table's within .03 and their own interval", () => {
  const cases = Object.entries(COSINES).flatMap(([n, rows]) =>
    Object.entries(rows).flatMap(([label, cells]) =>
      cells.map((cell, law) => [Number(n), label, LAWS[law]!, ...cell] as const),
    ),
  );
  test.each(cases)("n = %i, %s, %s", (n, label, law, ofMean, ofBatch) => {
    const cell = report.tabular.find((one) => one.n === n && one.size === 16 && one.law === law)!;
    const row = cell.rows.find((candidate) => candidate.label === label)!;
    for (const [received, earlier] of [
      [row.ofMean, ofMean],
      [row.ofBatch, ofBatch],
    ] as const) {
      const interval = (received.high - received.low) / 2;
      expect(Math.abs(received.estimate - earlier)).toBeLessThan(0.03 + interval);
    }
  });
});
