import {
  abstainedFor,
  comparisonRow,
  diagnosticRow,
  problemLook,
  questionRow,
  resultRow,
  type Method,
  type ResultRow,
} from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { drawsOf, evaluate, fill, type RunSetting, type SuiteInput } from "../src/index.ts";
import { filePool, lengthReward, METHODS, RESPONSES, toySetting, type ToyOptions } from "./toy-world.ts";

const store = filePool();

async function run(suite: Partial<SuiteInput>, options: ToyOptions = {}) {
  const setting = toySetting(store.pool, suite, options);
  await fill(setting);
  return { setting, tables: await evaluate(setting) };
}

/** What the pool holds, read without the code under test. */
async function pooled({ pool, ...setting }: RunSetting) {
  const [draw] = drawsOf({ pool, ...setting });
  const samples = await pool.samples(draw!.key, draw!.prompts, draw!.count);
  return draw!.problems.map((problem) => {
    const { text, tokens } = samples.get(problem.id)!;
    const right = text.map((response) => (response.split("=")[1] === problem.reference ? 1 : 0) as number);
    return { problem, text, tokens: [...tokens], right };
  });
}

function rowsOf(rows: readonly ResultRow[], method: string, metric = "accuracy"): ResultRow[] {
  return rows.filter((row) => row.method === method && row.metric === metric);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("the tables are those of the published format, with one row a cell and metric", async () => {
  const reward = [lengthReward("long"), lengthReward("short", { sign: -1, planted: "Prefers short responses." })];
  const { tables } = await run({ seeds: [1] }, { rewardModels: reward });
  const { results, questions, comparisons, diagnostics, samples } = tables;
  z.array(resultRow).parse(results);
  z.array(questionRow).parse(questions);
  z.array(comparisonRow).parse(comparisons);
  z.array(diagnosticRow).parse(diagnostics);
  z.array(problemLook).parse(samples);
  // 3 budgets of: two methods with 2 reward models and 2 metrics each, vote, greedy, oracle and random choice.
  expect(results).toHaveLength(3 * (2 * 2 * 2 + 2 + 2));
  expect(questions).toHaveLength(results.length * 6);
  // In both groups at each budget four methods take part, so there are three comparisons.
  expect(comparisons).toHaveLength(3 * 2 * 3);
  expect(diagnostics.filter(({ name }) => name === "planted").map((row) => [row.reward_model, row.value])).toEqual([
    ["long", 0],
    ["short", 1],
  ]);
});

test("reference lines are the share of right samples and the chance that one of n is right", async () => {
  const { setting, tables } = await run({ seeds: [2] });
  const problems = await pooled(setting);
  const shares = problems.map(({ right }) => mean(right));
  const atOne = rowsOf(tables.results, "random-choice").map((row) => row.estimate);
  for (const estimate of atOne) expect(estimate).toBeCloseTo(mean(shares), 12);
  // n = 2 of 16: 1 − C(wrong, 2)/C(16, 2).
  const two = problems.map(({ right }) => {
    const wrong = 16 - right.reduce((sum, value) => sum + value, 0);
    return 1 - (wrong * (wrong - 1)) / (16 * 15);
  });
  expect(rowsOf(tables.results, "oracle").find((row) => row.budget === 2)!.estimate).toBeCloseTo(mean(two), 12);
  expect(tables.diagnostics.find((row) => row.name === "pass@2")!.value).toBeCloseTo(mean(two), 12);
});

test("the standard error is clustered by the problems' clusters", async () => {
  const { setting, tables } = await run({ seeds: [3] });
  const problems = await pooled(setting);
  const shares = problems.map(({ right }) => mean(right));
  const centre = mean(shares);
  const clusters = Map.groupBy(problems.keys(), (i) => problems[i]!.problem.cluster);
  const squares = [...clusters.values()].map(
    (members) => members.reduce((sum, i) => sum + shares[i]! - centre, 0) ** 2,
  );
  const expected = Math.sqrt((3 / 2) * squares.reduce((sum, value) => sum + value, 0)) / 6;
  const [row] = rowsOf(tables.results, "random-choice");
  expect(row).toMatchObject({ problems: 6, clusters: 3 });
  expect(row!.standard_error).toBeCloseTo(expected, 12);
});

test("a cell's ledger is counted from the tokens that are in the pool", async () => {
  const { setting, tables } = await run({ seeds: [4] });
  const problems = await pooled(setting);
  const lengths = mean(problems.map(({ tokens }) => mean(tokens)));
  const prompts = mean(problems.map(({ problem }) => problem.messages[0]!.content.length));
  const [one, , four] = rowsOf(tables.results, "best");
  expect(one!.prompt_tokens).toBeCloseTo(prompts, 12);
  expect(four!.prompt_tokens).toBeCloseTo(prompts, 12);
  expect(one!.completion_tokens).toBeCloseTo(lengths, 9);
  expect(four!.completion_tokens).toBeCloseTo(4 * lengths, 9);
  // The toy reward model reads prompt and response.
  expect(four!.reward_tokens).toBeCloseTo(4 * (prompts + lengths), 9);
  expect(four).toMatchObject({ rounds: 2, time_source: "measured" });
  const votes = rowsOf(tables.results, "vote");
  expect(votes[2]).toMatchObject({ reward_tokens: 0, rounds: 1 });
  const unparsable = mean(problems.map(({ text }) => text.filter((response) => response === RESPONSES[4]).length / 16));
  expect(votes[2]!.unparsable).toBeCloseTo(4 * unparsable, 9);
});

test("a method that asks for another decoding decides on samples of that decoding", async () => {
  const { tables } = await run({ seeds: [5] });
  // Greedy always gives "hence =3", right where the reference is 3: two of six problems.
  for (const row of rowsOf(tables.results, "greedy")) {
    expect(row.estimate).toBeCloseTo(2 / 6, 12);
    expect(row).toMatchObject({ flag: "", replicates: 0, completion_tokens: "hence =3".length });
  }
  const pools = tables.diagnostics.filter((row) => row.subject === "pool" && row.name === "pool_size");
  expect(pools.map((row) => [row.decoding, row.value])).toEqual([
    ["t=1,k=0,p=1,max=96", 16],
    ["t=0,k=0,p=1,max=96", 1],
  ]);
});

test("replicates and exact expectations agree, and say which they are", async () => {
  const { tables } = await run({ seeds: [6], replicates: 1000 });
  for (const metric of ["accuracy", "proxy_reward"]) {
    const exact = rowsOf(tables.results, "best", metric);
    const sampled = rowsOf(tables.results, "best-by-replicates", metric);
    for (const [i, row] of sampled.entries()) {
      expect(exact[i]).toMatchObject({ replicates: 0, monte_carlo_error: 0 });
      expect(row.replicates).toBe(1000);
      expect(Math.abs(row.estimate! - exact[i]!.estimate!)).toBeLessThan(4 * row.monte_carlo_error! + 1e-12);
    }
  }
});

test("budgets above a quarter of the pool are flagged, and only those", async () => {
  const { tables } = await run({ seeds: [7], budgets: { amounts: [4, 5] }, poolSize: 16 });
  expect(rowsOf(tables.results, "vote").map((row) => [row.budget, row.flag])).toEqual([
    [4, ""],
    [5, "pool-below-4x"],
  ]);
});

test("with several seeds there is a result for each, and questions hold their mean", async () => {
  const { tables } = await run({ seeds: [8, 9] });
  const oracle = rowsOf(tables.results, "oracle").filter((row) => row.budget === 2);
  expect(oracle.map((row) => row.seed)).toEqual([8, 9]);
  const questions = tables.questions.filter((row) => row.method === "oracle" && row.budget === 2);
  expect(questions).toHaveLength(6);
  expect(mean(questions.map((row) => row.estimate!))).toBeCloseTo(mean(oracle.map((row) => row.estimate!)), 12);
});

test("a budget in tokens buys each method what its own calls leave, and none at all is undefined", async () => {
  const { setting, tables } = await run({ seeds: [10], budgets: { unit: "tokens", amounts: [5, 60] }, poolSize: 16 });
  const problems = await pooled(setting);
  const length = mean(problems.map(({ tokens }) => mean(tokens)));
  const prompt = mean(problems.map(({ problem }) => problem.messages[0]!.content.length));
  const votes = rowsOf(tables.results, "vote");
  expect(votes[0]).toMatchObject({ estimate: null, flag: "below-one-sample", problems: 0, completion_tokens: null });
  const n = Math.floor((60 - prompt) / length);
  expect(votes[1]!.completion_tokens).toBeCloseTo(n * length, 9);
  const rewarded = Math.floor((60 - prompt) / (length + prompt + length));
  expect(rowsOf(tables.results, "best")[1]!.completion_tokens).toBeCloseTo(rewarded * length, 9);
  expect(n).toBeGreaterThan(rewarded);
  for (const row of tables.results) {
    const spent = (row.prompt_tokens ?? 0) + (row.completion_tokens ?? 0) + (row.reward_tokens ?? 0);
    expect(spent).toBeLessThanOrEqual(60);
  }
});

test("failed rewards are counted, and a problem on which every reward failed has no proxy reward", async () => {
  const failing = lengthReward("long", { fails: (text) => text.includes("=") });
  const never = lengthReward("never", { fails: () => true });
  const { setting, tables } = await run({ seeds: [11], methods: ["best"] }, { rewardModels: [failing, never] });
  const problems = await pooled(setting);
  const failed = mean(problems.map(({ text }) => text.filter((response) => response.includes("=")).length / 16));
  const four = tables.results.find(({ reward_model: name, budget }) => name === "long" && budget === 4)!;
  expect(four.failed).toBeCloseTo(4 * failed, 9);
  const dead = tables.results.filter(({ reward_model: name }) => name === "never");
  for (const row of dead.filter(({ metric }) => metric === "proxy_reward")) {
    expect(row).toMatchObject({ estimate: null, problems: 0, abstained: 1 });
  }
  for (const row of dead.filter(({ metric }) => metric === "accuracy")) {
    expect(row).toMatchObject({ estimate: 0, problems: 6, abstained: 1, failed: row.budget });
  }
  const why = tables.diagnostics.filter(({ name }) => name === abstainedFor("no valid reward"));
  expect(
    why.map(({ subject, reward_model: model, budget, value, problems: count }) => [
      subject,
      model,
      budget,
      value,
      count,
    ]),
  ).toEqual([1, 2, 4].map((budget) => ["best", "never", budget, 1, 6]));
});

test("the share of problems on which a method abstained stands beside its reason", async () => {
  const { tables } = await run({ seeds: [15], methods: ["vote"] });
  // One response in five has no answer: at one sample some problems abstain in some subsets.
  const [one] = rowsOf(tables.results, "vote");
  const why = tables.diagnostics.filter(({ budget, name }) => budget === 1 && name.startsWith("abstained"));
  expect(one!.abstained).toBeGreaterThan(0);
  expect(why).toMatchObject([{ subject: "vote", name: abstainedFor("nothing to count"), problems: 6 }]);
  expect(why[0]!.value).toBeCloseTo(one!.abstained!, 12);
  const always = rowsOf(tables.results, "vote").filter(({ abstained }) => abstained === 0);
  for (const { budget } of always)
    expect(tables.diagnostics.filter((row) => row.budget === budget && row.name.startsWith("abstained"))).toEqual([]);
});

test("a look shows a problem's first samples with all that is known of them, and what was decided on them", async () => {
  const { setting, tables } = await run({ seeds: [12], methods: ["best", "vote", "greedy"] });
  const problems = await pooled(setting);
  expect(tables.samples).toHaveLength(6);
  for (const look of tables.samples) {
    const { problem, text, right } = problems.find(({ problem: { id } }) => id === look.problem)!;
    expect(look.reference).toBe(problem.reference);
    expect(look.samples.map((sample) => sample.text)).toEqual(text);
    expect(look.samples.map((sample) => sample.grade)).toEqual(right);
    expect(look.samples.map((sample) => sample.rewards["long"])).toEqual(text.map((response) => response.length));
    expect(look.answers.reduce((sum, { count }) => sum + count, 0)).toBe(16);
    const best = look.decisions.find(({ method }) => method === "best")!;
    // The longest of the first four responses.
    const longest = Math.max(...text.slice(0, 4).map((response) => response.length));
    const winners = text.slice(0, 4).filter((response) => response.length === longest);
    expect(Object.values(best.answers).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(Object.keys(best.answers)).toEqual([...new Set(winners.map((w) => w.split("=")[1] ?? "(unparsable)"))]);
    expect(look.decisions.find(({ method }) => method === "greedy")!.answers).toEqual({ "3": 1 });
  }
});

test("the batches of a shared budget are columns, and the problems beyond the last batch are left out", async () => {
  const suite = { seeds: [13], budgets: { amounts: [1], scope: "batch" as const }, batch: { size: 4 } };
  const { tables } = await run(suite, { methods: METHODS.filter(({ name }) => name === "vote") as readonly Method[] });
  expect(rowsOf(tables.results, "vote")).toMatchObject([{ batch_size: 4, batches: 1, problems: 4 }]);
});

test("evaluating before filling says what is missing and how to get it", async () => {
  const setting = toySetting(store.pool, { seeds: [99] });
  await expect(evaluate(setting)).rejects.toMatchObject({ code: "pool-incomplete", family: "pool" });
});

test("an aborted evaluation stops with its own error", async () => {
  const { setting } = await run({ seeds: [14] });
  const signal = AbortSignal.abort();
  await expect(evaluate(setting, { signal })).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
});
