import { mkdtempSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { grpo } from "@touchstone/advantage-group-mean";
import { tea } from "@touchstone/advantage-tea";
import { afterAll, expect, test } from "vitest";
import { readComparison } from "../../src/post-training/comparison.ts";
import { contestantsOf } from "../../src/post-training/contestants.ts";
import { advantagesOf } from "../../src/post-training/group.ts";
import { promptsOf } from "../../src/post-training/prompts.ts";
import { packed, unpacked, type StepRecord } from "../../src/post-training/records.ts";
import { RunStore } from "../../src/post-training/run-store.ts";
import { withinProblemSd } from "../../src/post-training/scales.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-parts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [byTea, byGrpo] = contestantsOf(
  readComparison({
    kind: "post-training",
    name: "parts",
    worlds: [{ dataset: "instruct", policy: "instruct", reward: "a", second: "b" }],
    rollouts: [5],
    rows: [{ estimator: "tea" }, { estimator: "grpo" }],
  }),
  [tea, grpo],
  () => "",
);

test("a rollout whose reward failed is left out of its group", () => {
  const rewards = Float64Array.of(1, Number.NaN, 2, 6);
  // Centred by the mean of the three that are known, and divided by their number.
  const found = [...advantagesOf(rewards, byGrpo!, 64)];
  [-2 / 3, 0, -1 / 3, 1].forEach((expected, i) => expect(found[i]).toBeCloseTo(expected, 12));
});

test("what is left of a group trains nothing where it is too small for the estimator", () => {
  const rewards = Float64Array.of(1, 2, 3, Number.NaN, Number.NaN);
  expect([...advantagesOf(rewards, byTea!, 64)]).toEqual([0, 0, 0, 0, 0]);
  expect([...advantagesOf(Float64Array.of(1, Number.NaN), byGrpo!, 64)]).toEqual([0, 0]);
});

test("a pass over the training problems asks for each once, every seed in an order of its own", () => {
  const problems = Array.from({ length: 12 }, (_, i) => ({
    id: `p${i}`,
    messages: [],
    cluster: "c",
    split: "train" as const,
  }));
  const pass = (seed: number, from: number) =>
    [0, 1, 2].flatMap((step) => promptsOf(problems, seed, from + step, 4).map(({ id }) => id));
  expect(new Set(pass(0, 0)).size).toBe(12);
  expect(pass(0, 3)).not.toEqual(pass(0, 0));
  expect(pass(1, 0)).not.toEqual(pass(0, 0));
  expect(pass(0, 0)).toEqual(pass(0, 0));
});

test("steps that the checkpoint has not seen are forgotten, and so is a line that was cut off", async () => {
  const store = new RunStore(join(folder, "run"));
  const record = (step: number): StepRecord => ({
    step,
    reward: step,
    kl: 0,
    entropy: 0,
    gradientNorm: 0,
    trainedShare: 0,
    failed: 0,
    spent: {},
  });
  await store.rewind(0);
  for (const step of [1, 2, 3]) await store.addStep(record(step));
  const log = join(store.folder, "steps.jsonl");
  writeFileSync(log, readFileSync(log, "utf8").slice(0, -8));
  expect((await store.steps()).map(({ step }) => step)).toEqual([1, 2]);
  await store.rewind(1);
  await store.addStep(record(2));
  expect(await store.steps()).toEqual([record(1), record(2)]);
});

test("rewards are kept to the bit, and a failed one stays failed", () => {
  const values = Float32Array.of(0.1, -3e-8, Number.NaN, 1e20);
  expect(unpacked(packed(values.subarray(1)))).toEqual(values.subarray(1));
});

test("the unit of effects is the median deviation, of problems that vary where most do not", () => {
  const problem = (rewards: readonly number[]) => ({
    id: "",
    cluster: "",
    rewards: Float32Array.from(rewards),
    gold: new Float32Array(),
    second: Float32Array.from(rewards, () => 1),
  });
  const problems = [problem([0, 2]), problem([0, 4]), problem([0, 20])];
  // The sample deviation of two values is their distance over √2.
  expect(withinProblemSd(problems, "rewards")).toBeCloseTo(4 / Math.SQRT2, 6);
  expect(withinProblemSd([problem([1, 1]), problem([2, 2]), problem([0, 4])], "rewards")).toBeCloseTo(
    4 / Math.SQRT2,
    6,
  );
  expect(withinProblemSd(problems, "second")).toBe(1);
});
