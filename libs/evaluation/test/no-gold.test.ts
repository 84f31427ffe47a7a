import { problemLook, resultRow, type Dataset } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { drawsOf, evaluate, fill, planRun, type RunSetting } from "../src/index.ts";
import { filePool, toySetting } from "./toy-world.ts";

const store = filePool();

/** The toy world on a dataset that nothing can grade. */
function ungraded(seed: number, problems = 4): RunSetting {
  const setting = toySetting(store.pool, { seeds: [seed] }, { problems });
  const toy = setting.datasets.get("toy")!;
  const dataset: Dataset = { ...toy, version: "none", grader: { name: "none", gold: "none", grade: () => Number.NaN } };
  return { ...setting, datasets: new Map([["toy", dataset]]) };
}

test("without gold no accuracy has an estimate, each says so, and rewards are measured as ever", async () => {
  const setting = ungraded(1);
  await fill(setting);
  const { results, questions, comparisons, diagnostics, samples } = await evaluate(setting);
  z.array(resultRow).parse(results);
  z.array(problemLook).parse(samples);

  const accuracies = results.filter(({ metric }) => metric === "accuracy");
  expect(accuracies.length).toBeGreaterThan(0);
  for (const row of accuracies) expect([row.estimate, row.problems, row.flag]).toEqual([null, 0, "no-gold"]);
  expect(questions.filter(({ metric, estimate }) => metric === "accuracy" && estimate !== null)).toEqual([]);
  expect(comparisons).toEqual([]);

  const graded = toySetting(store.pool, { seeds: [1] }, { problems: 4 });
  await fill(graded);
  const rewards = (rows: typeof results) => rows.filter(({ metric }) => metric === "proxy_reward");
  expect(rewards(results)).toEqual(rewards((await evaluate(graded)).results));

  const named = (name: string) => diagnostics.filter((row) => row.name === name).map(({ value }) => value);
  expect(new Set([...named("pass@2"), ...named("right_outvoted"), ...named("pairwise_accuracy")])).toEqual(
    new Set([null]),
  );
  expect(named("distinct_answers")[0]).toBeGreaterThan(1);
  expect(samples[0]!.samples[0]!.grade).toBeNull();
  expect(samples[0]!.decisions.map(({ accuracy }) => accuracy)).toContain(null);
  expect(samples[0]!.answers[0]!.correct).toBeNull();
});

test("the pool holds an undefined grade beside every answer, so that nothing is graded again", async () => {
  const setting = ungraded(2, 2);
  await fill(setting);
  const [draw] = drawsOf(setting);
  const stored = await store.pool.grades(draw!.key, draw!.grading, draw!.prompts, draw!.count);
  expect([...stored.values()].every(({ grades }) => grades.every(Number.isNaN))).toBe(true);
});

test("a grader that has gold may not give NaN, nor one without gold a number", async () => {
  const setting = ungraded(3, 2);
  const toy = setting.datasets.get("toy")!;
  const graders = [
    { name: "broken", grade: () => Number.NaN },
    { name: "guessing", gold: "none", grade: () => 1 },
  ] as const;
  for (const grader of graders) {
    const datasets = new Map([["toy", { ...toy, version: grader.name, grader }]]);
    await expect(fill({ ...setting, datasets })).rejects.toThrow(/invalid-grade: The grader (?:broken|guessing) of/);
  }
});

test("tuning on what nothing can grade is refused before anything is drawn", async () => {
  const setting = ungraded(4);
  const suite = { ...setting.suite, tuning: { split: "validation", trials: 4 } } as RunSetting["suite"];
  await expect(planRun({ ...setting, suite })).rejects.toThrow(
    "no-gold: Parameters are chosen by gold accuracy, and nothing says which responses to toy are right. Received: toy.",
  );
});
