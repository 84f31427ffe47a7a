import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { largestBudgetBeaten, survivalNull, survivalTime, winRate } from "../src/index.ts";

test("ties count half in a win rate", () => {
  expect(winRate([1, 2, 3, 4], [0, 2, 5, 4])).toBe((1 + 0.5 + 0 + 0.5) / 4);
  expect(() => winRate([1], [])).toThrow(/one comparator a run is needed, received 1 and 0/);
});

test("a total survives until uniform allocation exceeds it, and no longer than the curve", () => {
  const curve = [1, 2, 2, 5];
  expect(survivalTime(0, curve)).toBe(1);
  // An equal total is not exceeded.
  expect(survivalTime(2, curve)).toBe(4);
  expect(survivalTime(5, curve)).toBe(4);
});

test("the null value of survival is about ln 3 times the budget, and one draw's by hand", () => {
  // B = 1, cap 2: 1 + 1/2.
  expect(survivalNull(1)).toBe(1.5);
  for (const budget of [120, 1000]) {
    // The sum exceeds its integral B·ln 3 by about (1 − 1/3)/2.
    expect(survivalNull(budget)).toBeCloseTo(budget * Math.log(3) + 1 / 3, 1);
  }
});

test("uniform allocation against itself: half the wins, and the survival that the derivation gives", () => {
  const budget = 20;
  const runs = 20_000;
  const random = stream(7, "uniform");
  const [totals, times, comparators] = [new Float64Array(runs), new Float64Array(runs), new Float64Array(runs)];
  for (let run = 0; run < runs; run++) {
    let total = 0;
    for (let n = 0; n < budget; n++) total = Math.max(total, random.uniform());
    const curve = new Float64Array(2 * budget);
    let best = 0;
    for (let n = 0; n < curve.length; n++) {
      best = Math.max(best, random.uniform());
      curve[n] = best;
    }
    totals[run] = total;
    comparators[run] = curve[budget - 1]!;
    times[run] = survivalTime(total, curve);
  }
  // Four standard errors: of a proportion of one half, and of a time whose deviation is below its range.
  expect(Math.abs(winRate(totals, comparators) - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / runs));
  const average = times.reduce((a, b) => a + b, 0) / runs;
  expect(Math.abs(average - survivalNull(budget))).toBeLessThan((4 * budget) / Math.sqrt(runs));
});

test("the largest budget that is still beaten needs more than half of the runs", () => {
  const curves = [
    [1, 3, 5, 7],
    [1, 3, 5, 7],
  ];
  expect(largestBudgetBeaten([6, 4], curves)).toBe(2);
  expect(largestBudgetBeaten([6, 6], curves)).toBe(3);
  expect(largestBudgetBeaten([0, 0], curves)).toBe(0);
});
