import { stream } from "@touchstone/core";
import { drawnView } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { weightedVote } from "../src/index.ts";

function winners(answers: number[], rewards: number[], given: object = {}): number[] | "abstained" {
  const selection = weightedVote.select(
    drawnView({ answers, rewards }),
    weightedVote.parameters.parse(given),
    stream(1),
  );
  if (selection.kind === "abstained") return "abstained";
  return [...new Set(answers.filter((_, i) => selection.weights[i]! > 0))];
}

test("the three conventions are three methods: they disagree on the same draws", () => {
  // Answer 1 once with reward 3, answer 2 three times with 1.1, answer 3 twice with 2.
  const answers = [1, 2, 2, 2, 3, 3];
  const rewards = [3, 1.1, 1.1, 1.1, 2, 2];
  // raw: 3, 3.3, 4. softmax: e³ = 20.1, 3·e^1.1 = 9.0, 2·e² = 14.8. min-max: 1, 0, 2·(.9/1.9) = .947.
  expect(winners(answers, rewards, { weights: "raw" })).toEqual([3]);
  expect(winners(answers, rewards)).toEqual([1]);
  expect(winners(answers, rewards, { weights: "min-max" })).toEqual([1]);
  // With a little less on answer 1: min-max 1 (best) against 2·(.95/1.85) = 1.03, softmax e^2.95 = 19.1 against 15.6.
  const closer = [2.95, 1.1, 1.1, 1.1, 2.05, 2.05];
  expect(winners(answers, closer)).toEqual([1]);
  expect(winners(answers, closer, { weights: "min-max" })).toEqual([3]);
});

test("a large beta gives the majority, a small one the answer of the best sample", () => {
  const answers = [1, 2, 2, 2, 3];
  const rewards = [9, 1, 2, 0, 8.9];
  expect(winners(answers, rewards, { beta: 1e6 })).toEqual([2]);
  expect(winners(answers, rewards, { beta: 1e-3 })).toEqual([1]);
});

test("a beta in standard deviations is that many times the reward model's scale", () => {
  // e^(4/2) = 7.39 against 3 with beta 2; with twice 2 as the unit e^(4/4) = 2.72 against 3.
  const select = (given: object) =>
    weightedVote.select(
      drawnView({ answers: [1, 2, 2, 2], rewards: [4, 0, 0, 0], rewardScale: 2 }),
      weightedVote.parameters.parse({ beta: 2, ...given }),
      stream(1),
    );
  expect(select({})).toMatchObject({ weights: Float64Array.of(1, 0, 0, 0) });
  expect(select({ unit: "sd" })).toMatchObject({ weights: Float64Array.of(0, 1 / 3, 1 / 3, 1 / 3) });
});

test("softmax does not overflow and does not depend on a constant in the reward", () => {
  const answers = [1, 1, 2];
  for (const constant of [0, 1e5, -1e5]) {
    // e^.5 + e^.5 = 3.30 against e^1.25 = 3.49.
    expect(winners(answers, [constant + 0.5, constant + 0.5, constant + 1.25])).toEqual([2]);
  }
});

test("equal rewards are a majority vote under every convention", () => {
  for (const weights of ["softmax", "raw", "min-max"]) {
    expect(winners([1, 1, 2, 3], [0.5, 0.5, 0.5, 0.5], { weights })).toEqual([1]);
    expect(winners([1, 2], [0.5, 0.5], { weights })).toEqual([1, 2]);
  }
});

test("raw abstains from a problem with a negative reward, and says why", () => {
  const selection = weightedVote.select(
    drawnView({ answers: [1, 2], rewards: [0.5, -0.25] }),
    weightedVote.parameters.parse({ weights: "raw" }),
    stream(1),
  );
  expect(selection).toEqual({ kind: "abstained", reason: "raw weights need rewards that are not negative" });
});

test("raw does not look at the rewards of samples that do not vote", () => {
  expect(winners([1, -1, 2], [0.5, -7, Number.NaN], { weights: "raw" })).toEqual([1]);
});

test("unparsable answers and failed rewards do not vote, and are not returned", () => {
  expect(winners([-1, -1, 2, 3], [9, 9, 1, Number.NaN])).toEqual([2]);
  expect(winners([-1, -1, 2, 3], [9, 9, 1, Number.NaN], { unparsable: "vote" })).toEqual([-1]);
  expect(winners([-1, 2], [9, Number.NaN])).toBe("abstained");
  const selection = weightedVote.select(
    drawnView({ answers: [4, 4, 4], rewards: [1, Number.NaN, 3] }),
    weightedVote.parameters.parse({}),
    stream(1),
  );
  expect(selection).toMatchObject({ weights: Float64Array.of(0.5, 0, 0.5) });
});

test("rewards of +∞ share all weight, and one of −∞ has none, under every convention", () => {
  const [up, down] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const weights of ["softmax", "raw", "min-max"]) {
    expect(winners([1, 2, 2, 2], [up, 9, 9, 9], { weights })).toEqual([1]);
    expect(winners([1, 2, 3, 3], [up, up, 9, 9], { weights })).toEqual([1, 2]);
  }
  for (const weights of ["softmax", "min-max"]) {
    expect(winners([1, 1, 1, 2], [down, down, down, 0], { weights })).toEqual([2]);
  }
  expect(winners([1, 2, 2], [3, 1, 1], { weights: "min-max" })).toEqual([1]);
  // Beside −∞ the worst finite reward is no longer the worst: two votes of 1 against one.
  expect(winners([1, 2, 2, 3], [3, 1, 1, down], { weights: "min-max" })).toEqual([2]);
});

test("the representative can be the voter of highest reward", () => {
  const selection = weightedVote.select(
    drawnView({ answers: [4, 4, 4, 1], rewards: [1, 3, 3, 2] }),
    weightedVote.parameters.parse({ representative: "highest-reward" }),
    stream(1),
  );
  expect(selection).toMatchObject({ weights: Float64Array.of(0, 0.5, 0.5, 0) });
});

test("beta belongs to softmax and is positive", () => {
  const message = (given: object) => weightedVote.parameters.safeParse(given).error?.message;
  expect(message({ weights: "raw", beta: 2 })).toMatch(/beta, in its unit, is the temperature of weights: softmax/);
  expect(message({ weights: "min-max", unit: "sd" })).toMatch(/in its unit, is the temperature of weights: softmax/);
  expect(message({ beta: 0 })).toMatch(/beta/);
  expect(message({ weights: "raw" })).toBeUndefined();
});
