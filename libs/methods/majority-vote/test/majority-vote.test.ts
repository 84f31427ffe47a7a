import { stream } from "@touchstone/core";
import { drawnView, subsets, subview } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { majorityVote } from "../src/index.ts";

const select = (answers: number[], given: object = {}, logProbability?: number[]) =>
  majorityVote.select(
    drawnView({ answers, ...(logProbability && { logProbability }) }),
    majorityVote.parameters.parse(given),
    stream(1),
  );

test("the most frequent answer wins and its samples share the mass", () => {
  expect(select([5, 2, 5, 9])).toMatchObject({
    weights: Float64Array.of(1 / 2, 0, 1 / 2, 0),
    diagnostics: { winning_share: 0.5, tied_answers: 1 },
  });
});

test("tied answers share the mass by answer, and their samples by half of that", () => {
  expect(select([1, 2, 2, 1, 3])).toMatchObject({
    weights: Float64Array.of(0.25, 0.25, 0.25, 0.25, 0),
    diagnostics: { tied_answers: 2 },
  });
});

test("unparsable responses do not vote unless asked to", () => {
  const answers = [-1, -1, -1, 4, 4];
  expect(select(answers)).toMatchObject({ weights: Float64Array.of(0, 0, 0, 0.5, 0.5) });
  expect(select(answers, { unparsable: "vote" })).toMatchObject({
    weights: Float64Array.of(1 / 3, 1 / 3, 1 / 3, 0, 0),
  });
});

test("without a parsable answer there is no decision", () => {
  expect(select([-1, -1])).toEqual({ kind: "abstained", reason: "no sample has a parsable answer" });
  expect(select([-1, -1], { unparsable: "vote" })).toMatchObject({ weights: Float64Array.of(0.5, 0.5) });
});

test("the representative can be the most probable sample of the winning answer", () => {
  const given = { representative: "most-probable" };
  expect(select([1, 1, 1, 2], given, [-4, -2, -2, -1])).toMatchObject({ weights: Float64Array.of(0, 0.5, 0.5, 0) });
  expect(select([1, 1, 2], given, [Number.NaN, -9, 0])).toMatchObject({ weights: Float64Array.of(0, 1, 0) });
});

test("a representative that depends on the order of the draws is not on offer", () => {
  expect(majorityVote.parameters.safeParse({ representative: "first" }).success).toBe(false);
});

test("with two answers the accuracy over all subsets is a tail of the hypergeometric law", () => {
  const pool = drawnView({ answers: [7, 7, 7, 7, 3, 3, 3] });
  const choose = (n: number, k: number): number => (k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
  for (let n = 1; n <= 7; n++) {
    let right = 0;
    let count = 0;
    for (const subset of subsets(7, n)) {
      count++;
      const selection = majorityVote.select(subview(pool, subset), majorityVote.parameters.parse({}), stream(1));
      if (selection.kind === "abstained") throw new Error("every answer is parsable");
      right += selection.weights.reduce((sum, weight, i) => sum + (subset[i]! < 4 ? weight : 0), 0);
    }
    let tail = 0;
    for (let k = 0; k <= n; k++) {
      const chance = (choose(4, k) * choose(3, n - k)) / choose(7, n);
      tail += 2 * k > n ? chance : 2 * k === n ? chance / 2 : 0;
    }
    expect(right / count).toBeCloseTo(tail, 12);
  }
});
