import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { DRAW_COUNTS } from "../src/draw-count.ts";
import { hedgedMean } from "../src/hedge.ts";

const laws = Object.entries(DRAW_COUNTS);

test("the best of a Poisson number of draws has the law of its generating function", () => {
  const [mean, u] = [4.5, 0.8];
  let [sum, probability] = [0, Math.exp(-(mean - 1))];
  for (let k = 0; k < 100; k++) {
    // n = 1 + k.
    sum += probability * u ** (1 + k);
    probability *= (mean - 1) / (k + 1);
  }
  expect(DRAW_COUNTS.poisson.best(mean, u)).toBeCloseTo(sum, 12);
});

test.each(laws)("the slope of %s is that of its law", (_, law) => {
  for (const u of [0, 0.2, 0.9, 1]) {
    for (const mean of [1.5, 7]) {
      const difference = (law.best(mean + 1e-5, u) - law.best(mean - 1e-5, u)) / 2e-5;
      expect(law.slope(mean, u)).toBeCloseTo(difference, 8);
    }
  }
});

test("Poisson numbers have their mean and their variance", () => {
  for (const mean of [3, 250]) {
    const random = stream(1, "poisson", mean);
    const draws = Array.from({ length: 4000 }, () => DRAW_COUNTS.poisson.draw(mean, random));
    const average = draws.reduce((a, b) => a + b, 0) / draws.length;
    const variance = draws.reduce((sum, n) => sum + (n - average) ** 2, 0) / draws.length;
    const rate = mean - 1;
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(1);
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(rate / draws.length));
    // The variance's standard error is about rate · √(2/N).
    expect(Math.abs(variance - rate)).toBeLessThan(6 * rate * Math.sqrt(2 / draws.length));
  }
});

/** Gold that rises with the proxy up to the quantile `top` and is lost above. */
const hacked = (top: number, size = 200) => ({
  proxy: Float64Array.from({ length: size }, (_, i) => i),
  gold: Float64Array.from({ length: size }, (_, i) => ((i + 1) / size <= top ? (i + 1) / size : 0)),
});

test.each(laws)("hedging with %s finds the peak that a fine grid finds", (_, law) => {
  const problem = hacked(0.9);
  const expected = (mean: number) =>
    problem.gold.reduce((sum, gold, i) => sum + gold * (law.best(mean, (i + 1) / 200) - law.best(mean, i / 200)), 0);
  const found = hedgedMean([problem], law, 64);
  let [best, highest] = [1, 0];
  for (let mean = 1; mean <= 64; mean += 0.01) {
    if (expected(mean) > highest) [best, highest] = [mean, expected(mean)];
  }
  expect(Math.abs(found - best)).toBeLessThan(0.02);
  expect(best).toBeGreaterThan(1.5);
  expect(best).toBeLessThan(20);
});

test("the peak of a single step is where calculus puts it", () => {
  // Gold 1 between the quantiles ½ and ¾, else 0: J(θ) = (¾)ᶿ − (½)ᶿ, so (3/2)ᶿ = ln 2/ln(4/3) and θ = ln(2.40942)/ln(1.5) = 2.1688.
  const problem = { proxy: [1, 2, 3, 4], gold: [0, 0, 1, 0] };
  expect(hedgedMean([problem], DRAW_COUNTS.fixed, 32)).toBeCloseTo(2.1688, 3);
});

test("gold that always rises takes all, gold that falls takes one, and indifference the cheaper", () => {
  const rising = { proxy: [1, 2, 3, 4], gold: [0, 0.1, 0.2, 1] };
  const falling = { proxy: [1, 2, 3, 4], gold: [1, 0.2, 0.1, 0] };
  const same = { proxy: [1, 2, 3, 4], gold: [1, 1, 1, 1] };
  for (const [, law] of laws) {
    expect(hedgedMean([rising], law, 32)).toBe(32);
    expect(hedgedMean([falling], law, 32)).toBe(1);
    expect(hedgedMean([same], law, 32)).toBe(1);
  }
});

test("several problems are one sum, tied proxies share their gold, failed rewards are left out", () => {
  const tied = { proxy: [1, 1, 2, 2], gold: [0, 1, 1, 0] };
  const flat = { proxy: [1, 2], gold: [0.5, 0.5] };
  // Both are .5 on average, wherever the best by proxy falls.
  expect(hedgedMean([tied, flat], DRAW_COUNTS.fixed, 16)).toBe(1);
  const failed = { proxy: [Number.NaN, 1, 2, 3, 4], gold: [9, 0, 0, 1, 0] };
  expect(hedgedMean([failed], DRAW_COUNTS.fixed, 32)).toBeCloseTo(2.1688, 3);
  expect(hedgedMean([], DRAW_COUNTS.fixed, 32)).toBe(1);
});
