import { stream } from "@touchstone/core";
import { drawnView } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { confidenceOf } from "../src/confidence.ts";
import { confidenceVote } from "../src/index.ts";

function select(answers: number[], confidences: readonly (readonly number[])[], given: object = {}) {
  const statistics = confidences.map((topConfidence) => ({ topConfidence }));
  return confidenceVote.select(drawnView({ answers, statistics }), confidenceVote.parameters.parse(given), stream(1));
}

function winners(answers: number[], confidences: number[], given: object = {}) {
  const selection = select(
    answers,
    confidences.map((confidence) => [confidence]),
    given,
  );
  if (selection.kind === "abstained") return selection.reason;
  return [...selection.weights.keys()].filter((i) => selection.weights[i]! > 0);
}

test("each measure is its own mean of windows", () => {
  const tokens = Float32Array.of(4, 4, 1, 3, 2, 10);
  // Windows of two: 4, 2.5, 2, 2.5, 6.
  expect(confidenceOf(tokens, "mean", 2)).toBe(4);
  expect(confidenceOf(tokens, "tail", 2)).toBe(6);
  expect(confidenceOf(tokens, "lowest-window", 2)).toBe(2);
  expect(confidenceOf(tokens, "bottom-windows", 2)).toBe(2);
});

test("the bottom is the lowest tenth of the windows, rounded down", () => {
  // 0 … 24 rising: windows of one are the tokens; 25 of them, the lowest two are 0 and 1. With 31: 0, 1, 2.
  const rising = (count: number) => Float32Array.from({ length: count }, (_, t) => t);
  expect(confidenceOf(rising(25), "bottom-windows", 1)).toBe(0.5);
  expect(confidenceOf(rising(31), "bottom-windows", 1)).toBe(1);
});

test("a window as long as the response, or longer, is the response", () => {
  const tokens = Float32Array.of(1, 2, 6);
  for (const measure of ["mean", "tail", "bottom-windows", "lowest-window"] as const) {
    for (const window of [3, 2048]) expect(confidenceOf(tokens, measure, window)).toBe(3);
  }
});

test("a token whose confidence was not recorded makes the response's unknown", () => {
  const tokens = Float32Array.of(1, 2, Number.NaN, 6, 1, 1);
  for (const measure of ["mean", "bottom-windows", "lowest-window"] as const) {
    expect(confidenceOf(tokens, measure, 2)).toBeNaN();
  }
  expect(confidenceOf(tokens, "tail", 2)).toBe(1);
});

test("a vote weighs its confidence", () => {
  // 5 against 2 + 2, and against 3 + 3.
  expect(winners([1, 2, 2], [5, 2, 2], { keep: 1 })).toEqual([0]);
  expect(winners([1, 2, 2], [5, 3, 3], { keep: 1 })).toEqual([1, 2]);
  expect(winners([1, 2, 2], [5, 2, 2], { keep: 1, weights: "equal" })).toEqual([1, 2]);
});

test("softmax weights grow with e to the confidence over the temperature", () => {
  // e^1 = 2.72 against e^.2 + e^.2 = 2.44; at temperature 2, e^.5 = 1.65 against 2 e^.1 = 2.21.
  const given = { keep: 1, weights: "softmax" };
  expect(winners([1, 2, 2], [1, 0.2, 0.2], given)).toEqual([0]);
  expect(winners([1, 2, 2], [1, 0.2, 0.2], { ...given, temperature: 2 })).toEqual([1, 2]);
  expect(winners([1, 2, 2], [1001, 1000.2, 1000.2], given)).toEqual([0]);
});

test("only the most confident of those with an answer vote", () => {
  const answers = [1, 2, 2, 2, -1];
  const confidences = [4, 3, 2, 1, 9];
  // Quantile 1 − keep of four values lies at 3 · (1 − keep): .1 → 2.7, one stays; .5 → 1.5, two; .9 → .3, three.
  expect(winners(answers, confidences, { keep: 0.1 })).toEqual([0]);
  expect(winners(answers, confidences, { keep: 0.5 })).toEqual([0]);
  expect(winners(answers, confidences, { keep: 0.9 })).toEqual([1, 2]);
  expect(winners(answers, confidences, { keep: 1 })).toEqual([1, 2, 3]);
});

test("ties at the edge of what is kept stay", () => {
  // The quantile lies at 1.5 of 1, 2, 2, 4: 2, and both that reach it vote.
  expect(winners([1, 2, 2, 3], [4, 2, 2, 1], { keep: 0.5, weights: "equal" })).toEqual([1, 2]);
});

test("eleven values at 0.9 lose their lowest: rounding does not keep one more or less", () => {
  const confidences = Array.from({ length: 11 }, (_, i) => 11 - i);
  const { diagnostics } = select(
    confidences.map((_, i) => i),
    confidences.map((confidence) => [confidence]),
  );
  expect(diagnostics).toMatchObject({ kept_share: expect.closeTo(10 / 11, 12) });
});

test("without an answer or a confidence nothing votes", () => {
  expect(winners([-1, 2], [3, Number.NaN])).toBe("no sample has a parsable answer and a recorded confidence");
});

test("the representative can be the most confident voter", () => {
  expect(winners([1, 1, 2], [3, 4, 1], { representative: "most-confident" })).toEqual([1]);
});

test("a temperature is refused where none is used", () => {
  expect(confidenceVote.parameters.safeParse({ temperature: 2 }).error?.message).toMatch(/weights: softmax/);
});
