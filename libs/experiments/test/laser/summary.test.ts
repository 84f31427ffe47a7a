import type { LaserEvaluationRow } from "@touchstone/core";
import { expect, test } from "vitest";
import { summarise } from "../../src/laser/summary.ts";

function row(seed: number, iteration: number, metric: string, estimate: number): LaserEvaluationRow {
  return {
    experiment: "toy",
    dataset: "d",
    policy: "p",
    planted: null,
    rule: "laser",
    noise: 0,
    learning_rate: 0.001,
    role: "final",
    seed,
    iteration,
    steps: iteration,
    metric,
    estimate,
    split: "test",
    problems: 1,
    samples: 1,
    drawn_samples: 0,
    prompt_tokens: 0,
    completion_tokens: 0,
    reward_tokens: 10 * iteration + seed,
    extra_forward_tokens: 0,
    training_tokens: 5,
    flops: 7,
    seconds: 0,
  };
}

test("a rule is summed up over seeds at its end, with Student's interval", () => {
  const [summary] = summarise([
    ...[1, 2, 3].flatMap((seed) => [
      row(seed, 0, "gold", 0.1),
      row(seed, 1, "gold", 0.2),
      row(seed, 2, "gold", 0.1 * seed),
    ]),
    { ...row(9, 2, "gold", 1), role: "trial" },
  ]);
  // Golds .1, .2, .3: standard error .1/√3, t with 2 degrees of freedom 4.302653.
  expect(summary).toMatchObject({ rule: "laser", seeds: 3, tokens: { reward: 22, training: 5 }, flops: 7 });
  expect(summary!.gold).toBeCloseTo(0.2, 12);
  expect(summary!.low).toBeCloseTo(0.2 - (4.30265273 * 0.1) / Math.sqrt(3), 7);
  expect(summary!.earnedWithGold).toBeNaN();
});

test("what the bandit earned is held against how much gold rose in the same iteration", () => {
  const golds = [0, 0.1, 0.3, 0.6];
  const rows = golds.flatMap((gold, iteration) => [
    row(1, iteration, "gold", gold),
    ...(iteration > 0 ? [row(1, iteration, "earned", iteration)] : []),
  ]);
  // Rises .1, .2, .3 with earnings 1, 2, 3.
  expect(summarise(rows)[0]!.earnedWithGold).toBeCloseTo(1, 12);
});
