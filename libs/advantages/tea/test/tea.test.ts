import { stream } from "@touchstone/core";
import { normalMaximumMean, normalQuantile } from "@touchstone/stats";
import { describe, expect, test } from "vitest";
import { tailOf } from "../src/tail.ts";
import { tea } from "../src/index.ts";

const advantages = (rewards: ArrayLike<number>, options: { alpha?: number; top?: number; n: number }) =>
  tea.advantages(Float64Array.from(rewards), options);

/** μ̂ + c̃ σ̂ of the top t, computed as it is defined. */
function surrogate(rewards: readonly number[], top: number, n: number): number {
  const tail = rewards.toSorted((a, b) => b - a).slice(0, top);
  const mean = tail.reduce((a, b) => a + b, 0) / top;
  const deviation = Math.sqrt(tail.reduce((sum, value) => sum + (value - mean) ** 2, 0) / top);
  return mean + tailOf(top, rewards.length, n).reach * deviation;
}

describe("the reach of a tail", () => {
  // Our table of c̃_N(α), whose c_N has a grid error of 5e-5.
  test.each([
    [0.1, [0.0266, 0.7651, 1.4315, 2.0414, 2.6062, 3.134]],
    [0.2, [0.783, 1.4325, 2.0186, 2.5551, 3.0518, 3.516]],
    [0.25, [1.0067, 1.6244, 2.182, 2.6923, 3.1648, 3.6063]],
    [0.5, [1.6059, 2.1097, 2.5643, 2.9805, 3.3658, 3.7258]],
    [1, [1.766, 2.0697, 2.3437, 2.5946, 2.8269, 3.0439]],
  ] as const)("for alpha = %d is the tabulated one", (alpha, row) => {
    for (const [i, tabulated] of row.entries()) {
      const { reach, deviation } = tailOf(alpha * 1000, 1000, 16 * 2 ** i);
      expect(Math.abs(reach - tabulated)).toBeLessThan(1e-4 / deviation);
    }
  });
});

test.each([
  [0.1, 64],
  [0.25, 256],
  [0.5, 64],
  [1, 128],
])("of a normal policy of location and scale it returns (1, c_n): alpha = %d, n = %i", (alpha, n) => {
  // 200,000 quantiles stand for the population; the action is the reward.
  const size = 200_000;
  const rewards = Float64Array.from({ length: size }, (_, i) => {
    const u = (i + 0.5) / size;
    return normalQuantile(u);
  });
  const received = advantages(rewards, { alpha, n });
  const gradient = (score: (y: number) => number) =>
    received.reduce((sum, advantage, i) => sum + advantage * score(rewards[i]!), 0);
  expect(gradient((y) => y)).toBeCloseTo(1, 3);
  expect(Math.abs(gradient((y) => y * y - 1) - normalMaximumMean(n))).toBeLessThan(2e-3);
});

test.each([2, 8, 64, 4096])("with a top of 2 it is half of the best above the second, for n = %i", (n) => {
  const received = advantages([0.2, 3, -1, 1.7, 0.9, 0.1, 2.4, -2], { top: 2, n });
  for (let i = 0; i < 8; i++) expect(received[i]).toBeCloseTo(i === 1 ? (3 - 2.4) / 2 : 0, 14);
});

test("with a top of 1 all are zero", () => {
  expect(advantages([1, 2, 3], { top: 1, n: 64 })).toEqual(new Float64Array(3));
});

test("written out for a group of eight", () => {
  // Top 4 of 8: r = 1, μ = 2.5, σ² = (1.5² + .5² + .5² + 1.5²)/4 = 1.25.
  const received = advantages([4, -1, 3, 0, 2, -2, 1, -3], { alpha: 0.5, n: 64 });
  const slope = (u: number) => 1 + (tailOf(4, 8, 64).reach / (2 * Math.sqrt(1.25))) * (u + 1 - 5);
  const expected = [3 * slope(4), 0, 2 * slope(3), 0, 1 * slope(2), 0, 0, 0].map((value) => value / 4);
  for (const [i, value] of expected.entries()) expect(received[i]).toBeCloseTo(value, 14);
  // The middle of the tail is pushed down, its end up.
  expect(received[4]).toBeLessThan(0);
  expect(received[0]).toBeGreaterThan(0);
});

test("it is the gradient of the surrogate when a quantum of mass moves between rollouts of the tail", () => {
  // Copies are mass: one more of 600 copies of a rollout, one fewer of another, changes the surrogate by the difference of advantages.
  const base = [4, 3.1, 2.2, 1.4, 0.3, -0.2, -1, -2.5];
  const copies = 600;
  const group = (changes: Readonly<Record<number, number>>) =>
    base.flatMap((reward, i) => new Array<number>(copies + (changes[i] ?? 0)).fill(reward));
  // The tail ends among the copies of the fourth.
  const top = 3.5 * copies;
  const received = advantages(group({}), { top, n: 64 });
  const per = (i: number) => received[i * copies]! * copies * base.length;
  for (const [from, to] of [
    [1, 0],
    [2, 0],
    [6, 1],
  ] as const) {
    const up = surrogate(group({ [from]: -1, [to]: 1 }), top, 64);
    const down = surrogate(group({ [from]: 1, [to]: -1 }), top, 64);
    const slope = ((up - down) / 2) * copies * base.length;
    expect(slope / (per(to) - per(from))).toBeCloseTo(1, 4);
  }
});

test("on rewards of 0 and 1 it can push down what passed: such groups are for max-at-k", () => {
  const received = advantages([1, 1, 1, 0, 0, 0, 0, 0], { top: 4, n: 64 });
  expect(received[0]).toBeLessThan(0);
});

test("the top is a quarter and at least 4 unless it is given", () => {
  const used = (size: number, options: { alpha?: number; top?: number } = {}) =>
    tea.plan(size, { n: 1024, ...options }).used;
  expect(used(4)).toEqual({ top: 4, alpha: 1 });
  expect(used(16)).toEqual({ top: 4, alpha: 0.25 });
  expect(used(30)).toEqual({ top: 8, alpha: 8 / 30 });
  expect(used(30, { alpha: 0.1 })).toEqual({ top: 3, alpha: 0.1 });
  expect(used(16, { top: 5 })).toEqual({ top: 5, alpha: 5 / 16 });
  expect(() => used(3)).toThrow(/^group-too-small: .* Without alpha or top it needs at least 4\. Received: 3\./);
  expect(() => used(3, { top: 5 })).toThrow(/With top = 5 it needs at least 5/);
  expect(tea.parameters.safeParse({ top: 4, alpha: 0.5 }).error?.message).toMatch(/alpha or top, not both/);
});

test("a group too small to extrapolate is said with its effective alpha", () => {
  expect(tea.plan(8, { alpha: 0.25, n: 64 }).warnings).toEqual([
    "tea has an effective alpha of 0.25 in groups of 8 (their top 2): nothing is extrapolated, it is half of max-at-k with k = 8 for every n.",
  ]);
  expect(tea.plan(3, { alpha: 0.1, n: 64 }).warnings).toEqual([
    "tea has an effective alpha of 0.333 in groups of 3 (their top 1): every advantage is 0; it needs a top of at least 3.",
  ]);
  expect(tea.plan(16, { n: 64 }).warnings).toEqual([]);
  expect(tea.plan(16, { n: 16 }).warnings).toEqual([
    "n = 16 is no more than the 16 rollouts of a group: max-at-k is unbiased there.",
  ]);
});

/** Our table T1: mean gradients by location and log scale, Monte-Carlo error at most .027. */
test.each([
  [64, 8, 0.5, 0.68, 1.09],
  [64, 16, 0.25, 0.67, 1.23],
  [64, 16, 0.5, 0.79, 1.57],
  [64, 16, 1, 0.94, 1.77],
  [64, 64, 0.25, 0.88, 1.94],
  [256, 32, 0.5, 0.86, 2.26],
])("the mean gradient is the tabulated one: n = %i, m = %i, alpha = %d", (n, size, alpha, location, scale) => {
  const groups = 4000;
  const random = stream(8, "table", n, size);
  const [sums, squares] = [
    [0, 0],
    [0, 0],
  ];
  for (let group = 0; group < groups; group++) {
    const actions = Float64Array.from({ length: size }, () => random.normal());
    const received = advantages(actions, { alpha, n });
    const gradient = [0, 0];
    for (const [i, y] of actions.entries()) {
      gradient[0]! += received[i]! * y;
      gradient[1]! += received[i]! * (y * y - 1);
    }
    for (const axis of [0, 1]) {
      sums[axis]! += gradient[axis]! / groups;
      squares[axis]! += gradient[axis]! ** 2 / groups;
    }
  }
  for (const [axis, tabulated] of [location, scale].entries()) {
    const own = Math.sqrt((squares[axis]! - sums[axis]! ** 2) / groups);
    expect(Math.abs(sums[axis]! - tabulated)).toBeLessThan(3 * Math.hypot(own, 0.027));
  }
});
