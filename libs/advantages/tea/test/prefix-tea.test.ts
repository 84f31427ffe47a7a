import { stream, type AdvantageEstimator } from "@touchstone/core";
import { expect, test } from "vitest";
import { prefixTea, prefixTeaCrossFitted, tea } from "../src/index.ts";
import { momentCancellingWeights } from "../src/weights.ts";

const OPTIONS = { alpha: 0.5, order: 2, prefixes: 4, n: 64 } as const;

test("as many sizes as the order have Richardson's weights", () => {
  expect([...momentCancellingWeights([8, 16], 2)]).toEqual([-8 / 8, 16 / 8].map((value) => expect.closeTo(value, 13)));
  const sizes = [6, 10, 15, 40];
  const richardson = sizes.map((p) => sizes.reduce((product, q) => (q === p ? product : (product * p) / (p - q)), 1));
  for (const [j, weight] of momentCancellingWeights(sizes, 4).entries()) expect(weight).toBeCloseTo(richardson[j]!, 10);
});

test("more sizes have the weights of the regression on 1/p", () => {
  // Our table: p ∝ 1, 2, 3, 4.
  const tabulated = [-0.487, 0.282, 0.538, 0.667];
  for (const scale of [1, 4, 250]) {
    const weights = momentCancellingWeights(
      [1, 2, 3, 4].map((p) => p * scale),
      2,
    );
    for (const [j, weight] of weights.entries()) expect(Math.abs(weight - tabulated[j]!)).toBeLessThan(5.1e-4);
  }
});

test.each([
  [[8, 16, 24, 32], 3],
  [[4, 8, 12, 16, 20, 24], 4],
])("weights for sizes %j cancel the moments below the order %i, with the least norm", (sizes, order) => {
  const weights = momentCancellingWeights(sizes, order);
  const moment = (w: ArrayLike<number>, power: number) =>
    sizes.reduce((sum, p, j) => sum + w[j]! * (sizes[0]! / p) ** power, 0);
  expect(moment(weights, 0)).toBeCloseTo(1, 12);
  for (let power = 1; power < order; power++) expect(moment(weights, power)).toBeCloseTo(0, 12);
  // Richardson's on the largest sizes satisfy the same constraints.
  const other = [
    ...new Array<number>(sizes.length - order).fill(0),
    ...momentCancellingWeights(sizes.slice(-order), order),
  ];
  for (let power = 1; power < order; power++) expect(moment(other, power)).toBeCloseTo(0, 10);
  const norm = (w: ArrayLike<number>) => Array.from(w).reduce((sum, value) => sum + value ** 2, 0);
  expect(norm(weights)).toBeLessThan(norm(other));
});

test("one prefix of order 1 is tea on the whole group", () => {
  const random = stream(9, "whole");
  const rewards = Float64Array.from({ length: 16 }, () => random.normal());
  const expected = tea.advantages(rewards, { alpha: 0.5, n: 64 });
  const received = prefixTea.advantages(rewards, { ...OPTIONS, order: 1, prefixes: 1 });
  for (let i = 0; i < 16; i++) expect(received[i]).toBeCloseTo(expected[i]!, 14);
});

test("it is the weighted mean of tea over the cyclic windows of every size", () => {
  const random = stream(10, "windows");
  const rewards = Float64Array.from({ length: 16 }, () => random.normal());
  const sizes = [4, 8, 12, 16];
  const weights = momentCancellingWeights(sizes, 2);
  const expected = new Float64Array(16);
  for (const [j, length] of sizes.entries()) {
    for (let start = 0; start < 16; start++) {
      const indices = Array.from({ length }, (_, offset) => (start + offset) % 16);
      const part = tea.advantages(
        Float64Array.from(indices, (i) => rewards[i]!),
        { alpha: 0.5, n: 64 },
      );
      for (const [at, i] of indices.entries()) expected[i]! += (weights[j]! * part[at]!) / 16;
    }
  }
  const received = prefixTea.advantages(rewards, OPTIONS);
  for (let i = 0; i < 16; i++) expect(received[i]).toBeCloseTo(expected[i]!, 13);
});

test("a cross-fitted rollout is judged by others alone: above their tails its advantage is a parabola in its reward", () => {
  // Every pilot holds several of each reward: the floor of the deviation, which sees the whole group, binds nowhere.
  const rewards = Float64Array.from({ length: 32 }, (_, i) => i % 4);
  const [a, b, c, d] = [0, 1, 2, 3].map((step) => {
    rewards[0] = 4 + 0.1 * step;
    return prefixTeaCrossFitted.advantages(rewards, OPTIONS)[0]!;
  });
  expect(d! - 3 * c! + 3 * b! - a!).toBeCloseTo(0, 12);
  expect(d! - 2 * c! + b!).toBeGreaterThan(1e-6);
});

test("layouts that a group cannot hold are refused with the size that could", () => {
  expect(prefixTea.plan(16, OPTIONS)).toMatchObject({
    used: { smallest_prefix: 4, largest_prefix: 16, smallest_top: 2, alpha: 0.5 },
    warnings: [
      "The smallest prefix of prefix-tea in groups of 16 has 4 rollouts and a top of 2: it extrapolates nothing.",
    ],
  });
  expect(prefixTeaCrossFitted.plan(16, OPTIONS)).toMatchObject({
    used: { smallest_prefix: 8, largest_prefix: 14, smallest_top: 4 },
    warnings: [],
  });
  expect(() => prefixTea.plan(8, OPTIONS)).toThrow(
    /^group-too-small: .* 4 prefixes with alpha = 0\.5 need at least 10; fewer prefixes need fewer\. Received: 8\./,
  );
  expect(() => prefixTea.plan(5000, OPTIONS)).toThrow(/^group-too-large: .*at most 4096 rollouts/);
  expect(prefixTea.parameters.safeParse({ order: 3, prefixes: 2 }).error?.message).toMatch(/as many prefixes as/);
});

/** Our table T1: mean gradients by location and log scale, Monte-Carlo error at most .027. */
test.each([
  [prefixTea, 64, 16, 0.88, 1.86],
  [prefixTea, 64, 64, 0.97, 2.27],
  [prefixTea, 256, 16, 0.85, 2.19],
  [prefixTeaCrossFitted, 64, 64, 0.95, 2.29],
  [prefixTeaCrossFitted, 64, 16, 0.7, 2.03],
] as const)(
  "the mean gradient of $0.name is the tabulated one: n = %i, m = %i",
  (estimator, n, size, location, scale) => {
    const groups = size > 16 ? 800 : 4000;
    const random = stream(12, "table", n, size);
    const [sums, squares] = [
      [0, 0],
      [0, 0],
    ];
    const options = { ...OPTIONS, n };
    for (let group = 0; group < groups; group++) {
      const actions = Float64Array.from({ length: size }, () => random.normal());
      const received = (estimator as AdvantageEstimator<typeof options>).advantages(actions, options);
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
    for (const [axis, expected] of [location, scale].entries()) {
      const own = Math.sqrt((squares[axis]! - sums[axis]! ** 2) / groups);
      expect(Math.abs(sums[axis]! - expected)).toBeLessThan(3 * Math.hypot(own, 0.027));
    }
  },
);
