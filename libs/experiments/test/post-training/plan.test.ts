import { bestOfNMean } from "@touchstone/advantage-best-of-n-weights";
import { grpo } from "@touchstone/advantage-group-mean";
import { maxAtK } from "@touchstone/advantage-max-at-k";
import { prefixTea, tea } from "@touchstone/advantage-tea";
import type { AdvantageEstimator } from "@touchstone/core";
import { expect, test } from "vitest";
import { readComparison, type ComparisonInput } from "../../src/post-training/comparison.ts";
import { contestantsOf } from "../../src/post-training/contestants.ts";
import { chosenRate, finalsOf, runName, settingsOf, trialsOf } from "../../src/post-training/plan.ts";

const ESTIMATORS: readonly AdvantageEstimator[] = [tea, prefixTea, grpo, maxAtK, bestOfNMean];
const given = (changes: Partial<ComparisonInput> = {}): ComparisonInput => ({
  kind: "post-training",
  name: "small",
  worlds: [{ dataset: "instruct", policy: "instruct", reward: "a", second: "b" }],
  rows: [{ estimator: "tea" }, { estimator: "grpo" }],
  ...changes,
});
const contestants = (changes?: Partial<ComparisonInput>) => {
  const comparison = readComparison(given(changes));
  return { comparison, rows: contestantsOf(comparison, ESTIMATORS, () => "There is tea.") };
};

test.each([
  ["an estimator that does not exist", { rows: [{ estimator: "tee" }, { estimator: "grpo" }] }, "unknown-estimator"],
  ["a group that is too small", { rollouts: [3] }, "group-too-small"],
  [
    "an option that is none",
    { rows: [{ estimator: "tea", options: { k: 2 } }, { estimator: "grpo" }] },
    "bad-estimator-options",
  ],
  ["two rows that are one", { rows: [{ estimator: "tea" }, { estimator: "tea" }] }, "invalid-comparison"],
  ["too few samples for the curve", { deployment: { samples: 100 } }, "invalid-comparison"],
  ["tuning on the reported split", { tuning: { split: "test" as const } }, "invalid-comparison"],
  ["a contrast with nobody", { contrasts: [["tea", "rloo"] as [string, string]] }, "invalid-comparison"],
  ["a reported seed that tunes", { seeds: [7], tuning: { seed: 7 } }, "invalid-comparison"],
])("%s is refused before anything is drawn", (_, changes, code) => {
  expect(() => contestants(changes)).toThrow(expect.objectContaining({ code }));
});

test("every row has as many trials, all of one seed that no reported run has", () => {
  const { comparison, rows } = contestants({
    rows: [{ estimator: "tea", seeds: [0, 1, 2, 3, 4] }, { estimator: "max-at-k", halfGroup: true }, { rival: "dpo" }],
  });
  const settings = settingsOf(comparison, rows);
  expect(settings.map(({ label }) => label)).toEqual(["tea", "max-at-k, k = m/2", "dpo"]);
  for (const [i, setting] of settings.entries()) {
    const trials = trialsOf(setting, comparison, rows[i]!);
    expect(trials.map(({ rate }) => rate)).toEqual(comparison.tuning.rates);
    expect(new Set(trials.map(({ seed }) => seed))).toEqual(new Set([comparison.tuning.seed]));
    const seeds = finalsOf(setting, 0.001, comparison, rows[i]!).map(({ seed }) => seed);
    expect(seeds).toHaveLength(i === 0 ? 5 : 1);
    expect(seeds).not.toContain(comparison.tuning.seed);
  }
});

test("a row that does nothing with N is run once for all N; max-at-k is one where N exceeds the group", () => {
  const { comparison, rows } = contestants({
    deployed: [64, 256],
    deployment: { checkpointSamples: 256 },
    tuning: { samples: 256 },
    rows: [{ estimator: "tea" }, { estimator: "max-at-k" }, { estimator: "grpo" }, { rival: "best-of-n-distillation" }],
  });
  const own = settingsOf(comparison, rows).map((setting) => {
    const row = rows.find(({ label }) => label === setting.label)!;
    return [setting.label, finalsOf(setting, 0.001, comparison, row)[0]!.deployed];
  });
  expect(own).toEqual([
    ["tea", 64],
    ["tea", 256],
    ["max-at-k", null],
    ["max-at-k", null],
    ["grpo", null],
    ["grpo", null],
    ["best-of-n-distillation", null],
    ["best-of-n-distillation", null],
  ]);
});

test("k = m/2 follows the size of the group", () => {
  const { rows } = contestants({ rows: [{ estimator: "max-at-k", halfGroup: true }, { estimator: "grpo" }] });
  expect(rows[0]!.options(16)).toEqual({ k: 8 });
  expect(rows[0]!.options(8)).toEqual({ k: 4 });
});

test("rivals take the best rollout, and against it the worst, and nothing from a group of equals", () => {
  const { rows } = contestants({ rows: [{ rival: "dpo" }, { rival: "best-of-n-distillation" }] });
  const [dpo, distillation] = rows;
  const rewards = Float64Array.of(2, 5, 1, 5);
  expect([...dpo!.advantages(rewards, 4, 64)]).toEqual([0, 1, -1, 0]);
  expect([...distillation!.advantages(rewards, 4, 64)]).toEqual([0, 0.5, 0, 0.5]);
  for (const row of rows) expect([...row.advantages(Float64Array.of(3, 3), 2, 64)]).toEqual([0, 0]);
});

test("the rate of the highest value is chosen, the lower of a tie, and none where all diverged", () => {
  const trials = (values: readonly number[]) => values.map((value, i) => ({ rate: 10 ** (i - 4), value }));
  expect(chosenRate(trials([1, 3, 2]))).toBe(1e-3);
  expect(chosenRate(trials([3, 3, 2]))).toBe(1e-4);
  expect(chosenRate(trials([Number.NaN, 1, Number.NaN]))).toBe(1e-3);
  expect(chosenRate(trials([Number.NaN, Number.NaN]))).toBeUndefined();
});

test("a trial and a reported run of one specification are one run; anything that changes the training makes another", () => {
  const spec = { world: 0, label: "tea", rollouts: 16, deployed: 64, rate: 0.001, seed: 3 };
  const name = runName({ ...spec, role: "final" }, "instruct", { steps: 100 });
  expect(runName({ ...spec, role: "trial", world: 1 }, "instruct", { steps: 100 })).toBe(name);
  expect(runName({ ...spec, role: "final" }, "instruct", { steps: 101 })).not.toBe(name);
  expect(runName({ ...spec, role: "final", seed: 4 }, "instruct", { steps: 100 })).not.toBe(name);
});
