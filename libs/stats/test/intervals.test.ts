import { expect, test } from "vitest";
import { normalInterval, normalQuantile, tInterval, wilsonInterval } from "../src/index.ts";

test("t and normal intervals are estimate ± quantile × standard error", () => {
  // t_{.975} at 10 degrees of freedom is 2.228, z_{.975} is 1.960.
  expect(tInterval(0.5, 0.1, 10).high).toBeCloseTo(0.7228, 4);
  expect(tInterval(0.5, 0.1, 10).low).toBeCloseTo(0.2772, 4);
  expect(normalInterval(0.5, 0.1).high).toBeCloseTo(0.696, 4);
  expect(tInterval(0.5, Number.NaN, 10).low).toBeNaN();
});

test("Wilson's ends are the values a score test at the level just does not reject", () => {
  for (const [successes, trials] of [
    [1, 10],
    [7, 30],
    [95, 100],
  ] as const) {
    const { low, high } = wilsonInterval(successes, trials);
    for (const p of [low, high]) {
      const score = (successes / trials - p) / Math.sqrt((p * (1 - p)) / trials);
      expect(Math.abs(score)).toBeCloseTo(normalQuantile(0.975), 9);
    }
    expect(low).toBeLessThan(successes / trials);
    expect(high).toBeGreaterThan(successes / trials);
  }
});

test("Wilson keeps a width at no and at full success", () => {
  const z2 = normalQuantile(0.975) ** 2;
  expect(wilsonInterval(0, 10)).toEqual({ low: 0, high: expect.closeTo(z2 / (10 + z2), 12) });
  expect(wilsonInterval(10, 10)).toEqual({ low: expect.closeTo(10 / (10 + z2), 12), high: 1 });
});

test("Wilson refuses impossible counts and is undefined without trials", () => {
  expect(() => wilsonInterval(3, 2)).toThrow(/received 3 of 2/);
  expect(() => wilsonInterval(Number.NaN, 2)).toThrow(RangeError);
  expect(wilsonInterval(0, 0).low).toBeNaN();
});
