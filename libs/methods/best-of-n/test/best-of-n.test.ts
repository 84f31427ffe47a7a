import { stream } from "@touchstone/core";
import { drawnView, subsets, subview } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { bestOfN } from "../src/index.ts";

const select = (rewards: number[]) => bestOfN.select(drawnView({ rewards }), {}, stream(1));

test("the highest reward wins, whatever its sign", () => {
  expect(select([-3, -1, -2])).toMatchObject({ weights: Float64Array.of(0, 1, 0) });
});

test("tied rewards share the mass and are counted", () => {
  expect(select([2, 1, 2, 2])).toMatchObject({
    weights: Float64Array.of(1 / 3, 0, 1 / 3, 1 / 3),
    diagnostics: { tied_samples: 3 },
  });
});

test("a failed reward cannot win, and only failed rewards cannot decide", () => {
  expect(select([Number.NaN, -5, Number.NaN])).toMatchObject({ weights: Float64Array.of(0, 1, 0) });
  expect(select([Number.NaN, Number.NaN])).toEqual({ kind: "abstained", reason: "no sample has a valid reward" });
});

test("the lowest reward there is still beats a failed one", () => {
  expect(select([Number.NaN, Number.NEGATIVE_INFINITY])).toMatchObject({ weights: Float64Array.of(0, 1) });
});

test("a single draw is the policy: every pooled sample alike", () => {
  const pool = drawnView({ rewards: [3, 1, 4, 1] });
  expect(bestOfN.expectation!(pool, 1, {})).toEqual(Float64Array.of(0.25, 0.25, 0.25, 0.25));
});

test("the whole pool is one subset: its best sample", () => {
  const pool = drawnView({ rewards: [3, 1, 4, 1] });
  expect(bestOfN.expectation!(pool, 4, {})).toEqual(Float64Array.of(0, 0, 1, 0));
});

test("accuracy by the expectation is accuracy over all subsets, ties and failures included", () => {
  const rewards = [1, 1, 0.5, Number.NaN, 2, 2, Number.NaN, -1];
  const grades = [1, 0, 1, 1, 0, 1, 0, 0];
  const pool = drawnView({ rewards });
  for (let n = 1; n <= rewards.length; n++) {
    let total = 0;
    let count = 0;
    for (const subset of subsets(rewards.length, n)) {
      count++;
      const selection = bestOfN.select(subview(pool, subset), {}, stream(1));
      if (selection.kind === "abstained") continue;
      total += selection.weights.reduce((sum, weight, i) => sum + weight * grades[subset[i]!]!, 0);
    }
    const exact = bestOfN.expectation!(pool, n, {}).reduce((sum, weight, i) => sum + weight * grades[i]!, 0);
    expect(exact).toBeCloseTo(total / count, 12);
  }
});

test("random subsets of a large pool agree with the expectation within their Monte-Carlo error", () => {
  const random = stream(9, "pool");
  const size = 256;
  const grades = Array.from({ length: size }, () => Number(random.uniform() < 0.4));
  // A reward that knows the grade only roughly, in steps, so that there are ties.
  const rewards = grades.map((grade) => Math.round(4 * (grade + random.normal())) / 4);
  const pool = drawnView({ rewards });
  for (const n of [4, 16, 64]) {
    const exact = bestOfN.expectation!(pool, n, {}).reduce((sum, weight, i) => sum + weight * grades[i]!, 0);
    const replicates = Array.from({ length: 2000 }, (_, replicate) => {
      const subset = stream(9, "subset", n, replicate).permutation(size).slice(0, n);
      const selection = bestOfN.select(subview(pool, subset), {}, stream(9));
      if (selection.kind === "abstained") throw new Error("every reward is valid");
      return selection.weights.reduce((sum, weight, i) => sum + weight * grades[subset[i]!]!, 0);
    });
    const mean = replicates.reduce((a, b) => a + b, 0) / replicates.length;
    const variance = replicates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (replicates.length - 1);
    expect(Math.abs(mean - exact)).toBeLessThan(4 * Math.sqrt(variance / replicates.length));
  }
});

test("a parameter it does not have is refused by name", () => {
  expect(bestOfN.parameters.safeParse({ beta: 1 }).error?.message).toMatch(/beta/);
});
