import { expect, test } from "vitest";
import { normalQuantile, tQuantile, tTwoSidedP, tUpperTail } from "../src/index.ts";

test("Student t quantiles agree with the printed table (two-sided 5 %)", () => {
  const table: [number, number][] = [
    [1, 12.706],
    [2, 4.303],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [60, 2.0],
    [120, 1.98],
  ];
  for (const [degreesOfFreedom, value] of table) expect(tQuantile(0.975, degreesOfFreedom)).toBeCloseTo(value, 3);
});

test("Student t agrees with its closed forms at 1 and 2 degrees of freedom", () => {
  for (const p of [0.6, 0.8, 0.975, 0.999]) {
    expect(tQuantile(p, 1) / Math.tan(Math.PI * (p - 0.5))).toBeCloseTo(1, 7);
    expect(tQuantile(p, 2) / ((2 * p - 1) / Math.sqrt(2 * p * (1 - p)))).toBeCloseTo(1, 7);
  }
  for (const t of [0.1, 1, 4, 50]) {
    expect(tTwoSidedP(t, 1) / ((2 / Math.PI) * Math.atan(1 / t))).toBeCloseTo(1, 6);
    const root = Math.sqrt(2 + t * t);
    // 1 − t/√(2 + t²), written without the cancellation.
    expect(tTwoSidedP(-t, 2) / (2 / (root * (root + t)))).toBeCloseTo(1, 6);
  }
});

test("the upper tail is half of both above 0, and what is left of 1 below it", () => {
  expect(tUpperTail(2.571, 5)).toBeCloseTo(0.025, 4);
  expect(tUpperTail(-2.571, 5)).toBeCloseTo(0.975, 4);
  expect(tUpperTail(0, 5)).toBe(0.5);
  expect(tUpperTail(1, 0)).toBeNaN();
});

test("Student t approaches the normal law", () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
  expect(normalQuantile(0.8)).toBeCloseTo(0.841621234, 8);
  expect(tQuantile(0.975, 1e6)).toBeCloseTo(normalQuantile(0.975), 5);
});

test("p-values at the ends, and without degrees of freedom", () => {
  expect(tTwoSidedP(0, 7)).toBe(1);
  expect(tTwoSidedP(1e-9, 7)).toBeCloseTo(1, 6);
  expect(tTwoSidedP(Number.POSITIVE_INFINITY, 7)).toBe(0);
  expect(tTwoSidedP(2, 0)).toBeNaN();
  expect(tQuantile(0.975, 0)).toBeNaN();
});
