import { expect, test } from "vitest";
import { bestRate } from "../../src/laser/best-rate.ts";

const trial = (rate: number, golds: readonly number[]) => ({
  spec: { rule: "random", noise: 0, rate, seed: 1_000_000, role: "trial" } as const,
  evaluations: golds.map((estimate, iteration) => ({ iteration, metric: "gold", estimate, problems: 1, samples: 1 })),
});

test("the learning rate with the highest validation gold at the end is chosen, the first of equals", () => {
  const trials = [trial(0.0001, [0.9, 0.2]), trial(0.0003, [0, 0.4]), trial(0.001, [0, 0.4])];
  expect(bestRate(trials, 1)).toBe(0.0003);
});

test("where training diverged at every rate the message says what to do", () => {
  expect(() => bestRate([], 1)).toThrow(
    /diverged: Training diverged at every learning rate\. Add smaller ones to `training\.rates`\./,
  );
});
