import { defineSelector, tuningRow, type Dataset, type Method, type Problem } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { evaluate, fill, planRun, resolveSuite, tune, type RunSetting, type SuiteInput } from "../src/index.ts";
import { filePool, lengthReward, METHODS, RESPONSES, toyDataset, toyPolicy, toyProblems } from "./toy-world.ts";

const store = filePool();

/**
 * Returns the drawn sample whose length is nearest to `length` ("hence =3" has 8 letters, "so =1" 5). With a pool that holds
 * every response, the right length is the length of a right response.
 */
const ofLength = defineSelector({
  name: "of-length",
  summary: "The response nearest to a length.",
  reference: { title: "Toy", authors: "ours", year: 2026 },
  needs: { rewards: "none", answers: false },
  parameters: z.strictObject({ length: z.number().default(2) }),
  search: { knobs: { length: { scale: "linear", from: 2, to: 8 } } },
  select({ tokens, size }, { length }) {
    const gaps = Array.from(tokens, (count) => Math.abs(count - length));
    const nearest = gaps.filter((gap) => gap === Math.min(...gaps)).length;
    return {
      kind: "selected",
      weights: Float64Array.from({ length: size }, (_, i) => (gaps[i] === Math.min(...gaps) ? 1 / nearest : 0)),
    };
  },
}) as Method;

/** Right is 3 on validation and 1 on test. A grade of a test problem can be forbidden. */
function splitDataset(poisoned = false): Dataset {
  const of = (split: "validation" | "test", reference: string): Problem[] =>
    toyProblems(6).map((problem) => ({ ...problem, id: `${split}-${problem.id}`, split, reference }));
  const problems = { validation: of("validation", "3"), test: of("test", "1") };
  const toy = toyDataset(6);
  return {
    ...toy,
    splits: ["validation", "test"],
    problems: (split) => (split === "validation" || split === "test" ? problems[split] : []),
    grader: {
      ...toy.grader,
      grade: (problem, response, answer) => {
        if (poisoned && problem.split === "test") throw new Error("a test problem was graded");
        return toy.grader.grade(problem, response, answer);
      },
    },
  };
}

function settingOf(suite: Partial<SuiteInput> = {}, dataset = splitDataset()): RunSetting {
  const methods = [...METHODS, ofLength];
  const rewardModels = [lengthReward("long"), lengthReward("short", { sign: -1 })];
  const names = rewardModels.map(({ identity: { name } }) => name);
  const { suite: resolved } = resolveSuite(
    {
      name: "toy",
      datasets: [{ name: "toy" }],
      models: ["toy-policy"],
      rewardModels: names,
      methods: ["vote", "of-length"],
      budgets: { amounts: [1, 16] },
      poolSize: 32,
      tuning: { trials: 4 },
      ...suite,
    },
    { methods, datasets: [dataset], models: ["toy-policy"], rewardModels: names },
  );
  return {
    suite: resolved,
    methods,
    datasets: new Map([["toy", dataset]]),
    models: new Map([["toy-policy", toyPolicy()]]),
    rewardModels: new Map(rewardModels.map((model) => [model.identity.name, model])),
    pool: store.pool,
  };
}

test("validation chooses what is right there, and both rows are reported on the suite's own problems", async () => {
  const { setting, rows, summary } = await tune(settingOf({ seeds: [11] }));
  z.array(tuningRow).parse(rows);
  // The default 2, then 2, 5 and 8 from end to end; 2 stands there already.
  expect(rows.map(({ trial, parameters, chosen }) => [trial, JSON.parse(parameters).length, chosen])).toEqual([
    [0, 2, false],
    [1, 5, false],
    [2, 8, true],
  ]);
  expect(rows.every(({ split, budget, problems }) => split === "validation" && budget === 16 && problems === 6)).toBe(
    true,
  );
  expect(summary!.chosen).toEqual([
    expect.objectContaining({ method: "of-length", trial: 2, parameters: '{"length":8}', reward_model: "" }),
  ]);
  expect(setting.suite.methods.map(({ name, source }) => [name, source])).toEqual([
    ["vote", "default"],
    ["of-length", "default"],
    ["of-length", "validation"],
  ]);

  await fill(setting);
  const { results } = await evaluate(setting);
  const both = results.filter((row) => row.method === "of-length" && row.budget === 16);
  expect(both.map((row) => [row.split, row.parameters_source, row.parameters])).toEqual([
    ["test", "default", '{"length":2}'],
    ["test", "validation", '{"length":8}'],
  ]);
  // "hence =3" is among 16 of 32 samples of every problem, but on test the right answer is 1.
  expect(RESPONSES.filter((text) => text.length === 8)).toEqual(["hence =3"]);
  expect(both[1]!.estimate).toBeLessThan(0.1);
});

test("tuning grades no test problem: it chooses the same where their grades are forbidden", async () => {
  const free = await tune(settingOf({ seeds: [12] }));
  const poisoned = settingOf({ seeds: [12] }, splitDataset(true));
  const { rows } = await tune(poisoned);
  expect(rows).toEqual(free.rows);
  // The same dataset does refuse when the suite itself is run.
  await expect(fill(poisoned)).rejects.toThrow("a test problem was graded");
});

test("every reward model has as many trials, and its own choice", async () => {
  const knobbed = defineSelector({
    name: "threshold",
    summary: "Any response whose reward is at least `least`.",
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: { rewards: "one", answers: false },
    parameters: z.strictObject({ least: z.number().default(-100) }),
    search: { knobs: { least: { scale: "choice", values: [-5, 8] } } },
    select(drawn, { least }) {
      const kept = drawn.rewards().map((reward) => (reward === least ? 1 : 0));
      const count = kept.reduce((sum, value) => sum + value, 0);
      return count === 0
        ? { kind: "abstained", reason: "none" }
        : { kind: "selected", weights: kept.map((value) => value / count) };
    },
  }) as Method;
  const base = settingOf({ seeds: [13], methods: ["vote"] });
  const setting = {
    ...base,
    methods: [knobbed, ...base.methods],
    suite: {
      ...base.suite,
      methods: [{ name: "threshold", parameters: { least: -100 }, source: "default" as const }],
    },
  };
  const { setting: tuned, rows } = await tune(setting);
  // A reward of 8 by `long` is "hence =3", right on validation; `short` gives −5 to "so =1", wrong, and never 8: a tie at 0.
  expect(Map.groupBy(rows, (row) => row.reward_model).get("long")).toHaveLength(3);
  expect(Map.groupBy(rows, (row) => row.reward_model).get("short")).toHaveLength(3);
  expect(rows.filter(({ chosen }) => chosen).map((row) => [row.reward_model, row.parameters])).toEqual([
    ["long", '{"least":8}'],
    ["short", '{"least":-100}'],
  ]);
  await fill(tuned);
  const { results, comparisons } = await evaluate(tuned);
  const accuracies = results.filter((row) => row.metric === "accuracy" && row.kind === "method" && row.budget === 16);
  expect(accuracies.map((row) => [row.reward_model, row.parameters_source])).toEqual([
    ["long", "default"],
    ["short", "default"],
    ["long", "validation"],
    ["short", "validation"],
  ]);
  // What validation left as it was is not compared with itself.
  expect(comparisons.filter((row) => row.reward_model === "short")).toEqual([]);
});

test("an entry that is run with one reward model is tuned for that one alone", async () => {
  const base = settingOf({ seeds: [18], methods: ["vote"] });
  const own = { name: "of-length", parameters: { length: 2 }, source: "default" as const };
  const read = { ...ofLength, needs: { rewards: "one", answers: false } } as Method;
  const setting = {
    ...base,
    methods: [read, ...METHODS],
    suite: { ...base.suite, methods: [{ ...own, rewardModels: ["short"] }] },
  };
  const { rows, setting: tuned } = await tune(setting);
  expect(new Set(rows.map((row) => row.reward_model))).toEqual(new Set(["short"]));
  expect(tuned.suite.methods.map((choice) => choice.place?.rewardModel)).toEqual([undefined, "short"]);
});

test("a second run draws nothing for tuning and chooses the same", async () => {
  const first = await tune(settingOf({ seeds: [14] }));
  const again = settingOf({ seeds: [14] });
  const second = await tune(again);
  expect(second.filled!.drawn).toBe(0);
  expect(second.rows).toEqual(first.rows);
  expect(second.setting.suite).toEqual(first.setting.suite);
});

test("a trial's spend is what it would have cost alone, and the total is on the ledger", async () => {
  const { rows, summary } = await tune(settingOf({ seeds: [15] }));
  for (const row of rows) expect(row.completion_tokens).toBeGreaterThan(16 * 2);
  const total = rows.reduce((sum, row) => sum + row.flops! * row.problems, 0);
  expect(summary!.flops).toBeCloseTo(total, 3);
  expect(summary!.samples).toBe(6 * 32);
});

test("without the field nothing is tuned; a plan counts the suite alone", async () => {
  const { tuning: _, ...suite } = settingOf({ seeds: [16] }).suite;
  const setting = { ...settingOf({ seeds: [16] }), suite };
  const { rows, summary, setting: same } = await tune(setting);
  expect([rows, summary]).toEqual([[], undefined]);
  expect(same).toBe(setting);
  expect((await planRun(setting)).draws.map(({ split }) => split)).toEqual(["test"]);
});

test("a plan counts what tuning will draw", async () => {
  const plan = await planRun(settingOf({ seeds: [17] }));
  expect(plan.draws.map(({ split }) => split)).toEqual(["validation", "test"]);
  expect(plan.total.samplesMissing).toBe(2 * 6 * 32);
});

test("a suite that reports what it tunes on is refused, and so is a budget above the pool", () => {
  expect(() => settingOf({ datasets: [{ name: "toy", split: "validation" }] })).toThrow(
    /^tuning-on-reported-problems: The suite reports the split of toy on which it would choose parameters\. Received: validation\./,
  );
  expect(() => settingOf({ tuning: { budget: 64 } })).toThrow(
    /^budget-above-pool: Tuning at 64 samples cannot be done on a pool of 32 samples per problem\./,
  );
  expect(() => settingOf({ tuning: { split: "train" } })).toThrow(
    /^unknown-split: The dataset toy has no such split\./,
  );
});

test("the ledger of a tuned row holds what all its trials spent", async () => {
  const { rows, ledger } = await tune(settingOf({ seeds: [11] }));
  const summed = (value: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + row.problems * value(row), 0);
  expect(ledger).toHaveLength(1);
  expect(ledger[0]).toMatchObject({
    split: "validation",
    method: "of-length",
    parameters: '{"length":8}',
    parameters_source: "validation",
    purpose: "tune",
    budget: 16,
    problems: 6,
    trials: 3,
    samples: 3 * 6 * 16,
  });
  expect(ledger[0]!.completion_tokens).toBeCloseTo(
    summed((row) => row.completion_tokens!),
    6,
  );
  expect(ledger[0]!.flops).toBeCloseTo(
    summed((row) => row.flops!),
    3,
  );
});
