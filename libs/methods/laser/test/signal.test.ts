import type { Drawn } from "@touchstone/core";
import { drawnSample } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { earned } from "../src/signal.ts";

/** What the choice by these scores earns; answers, and mean log-probabilities of responses of 2 tokens. */
function earns(
  signal: Parameters<typeof earned>[0],
  scores: readonly number[],
  {
    answers = [],
    logProbability = [],
    grades = [],
  }: Partial<Record<"answers" | "logProbability" | "grades", number[]>>,
): Promise<number> {
  const drawn = scores.map((_, i) =>
    drawnSample({
      id: `p#${i}`,
      answer: answers[i] ?? -1,
      tokenCount: 2,
      logProbability: 2 * (logProbability[i] ?? 0),
    }),
  );
  const graded = async (chosen: readonly Drawn[]) =>
    Float64Array.from(chosen, ({ id }) => grades[Number(id.split("#")[1])]!);
  return earned(signal, { drawn, scores: Float64Array.from(scores) }, graded);
}

test("agreement is the chance that the choice is a most frequent answer", async () => {
  const answers = [1, 1, 2, -1, -1, -1];
  expect(await earns("agreement", [9, 0, 0, 0, 0, 0], { answers })).toBe(1);
  expect(await earns("agreement", [0, 0, 9, 0, 0, 0], { answers })).toBe(0);
  // What cannot be read agrees with nothing, however often it occurs.
  expect(await earns("agreement", [0, 0, 0, 9, 0, 0], { answers })).toBe(0);
  // Two answers are as frequent: one of them is the majority's by a fair coin.
  expect(await earns("agreement", [0, 0, 0, 9], { answers: [1, 1, 2, 2] })).toBe(1 / 2);
  expect(await earns("agreement", [9, 0], { answers: [-1, -1] })).toBe(0);
});

test("log-probability is the mean over the tokens of the choice", async () => {
  expect(await earns("log-probability", [1, 3, 2], { logProbability: [-1, -0.5, -2] })).toBeCloseTo(-0.5, 12);
});

test("labelled is the grade of the choice", async () => {
  expect(await earns("labelled", [1, 3, 2], { grades: [0, 0.75, 1] })).toBe(0.75);
});

test("samples of the same highest reward share what they earn, and without a valid reward nothing is known", async () => {
  const given = { answers: [1, 1, 2], logProbability: [-1, -3, -2], grades: [1, 0, 0] };
  // The first and the third tie.
  expect(await earns("agreement", [5, 0, 5], given)).toBe(1 / 2);
  expect(await earns("log-probability", [5, 0, 5], given)).toBeCloseTo(-1.5, 12);
  expect(await earns("labelled", [5, 0, 5], given)).toBe(1 / 2);
  expect(await earns("labelled", [Number.NaN, Number.NaN, Number.NaN], given)).toBeNaN();
});
