import type { Budget, LabelledStream, ProblemView } from "@touchstone/core";
import { randomConditional, ToyAccess, toyPolicy, toyReward } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { bestOfPoisson } from "../src/index.ts";

const vocabulary = ["1", "2", "3"];
const policy = toyPolicy({ vocabulary, conditional: randomConditional(5, vocabulary.length) });
const worth = (text: string) => [...text].reduce((sum, digit) => sum + Number(digit), 0);
const reward = toyReward("reward", (_, text) => worth(text));
const problemsOf = (split: "train" | "test", count: number) =>
  Array.from({ length: count }, (_, i): ProblemView => {
    const id = `${split}-${i}`;
    return { id, messages: [{ role: "user", content: id }], cluster: id, split };
  });

function open(problems: readonly ProblemView[], budget: Partial<Budget> = {}) {
  return new ToyAccess({
    policy,
    rewardModels: [reward],
    problems,
    extract: () => undefined,
    budget: { unit: "samples", amount: 24, scope: "problem", ...budget },
    decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 5, stop: [] },
    seed: 1,
  });
}

async function run(given: object, grade: (text: string) => number = worth) {
  const parameters = bestOfPoisson.parameters.parse(given);
  const learning = open(problemsOf("train", 30));
  const train: LabelledStream = {
    problems: learning.problems,
    grades: async (drawn) => Float64Array.from(drawn, ({ text }) => grade(text)),
  };
  const state = await bestOfPoisson.fit!(train, learning, parameters);
  const test_ = problemsOf("test", 200);
  const access = open(test_);
  const decisions = await bestOfPoisson.decide(access.problems, access, parameters, state);
  return { state, access, decisions, counts: test_.map(({ id }) => access.drawnFor(id).length) };
}

const average = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0) / counts.length;

test("every problem has its own number of draws, of the mean asked for and never above the budget", async () => {
  const { counts, decisions } = await run({ mean: 6 });
  // 1 + Poisson(5) over 200 problems: standard error √(5/200) = .16.
  expect(Math.abs(average(counts) - 6)).toBeLessThan(0.65);
  expect(new Set(counts).size).toBeGreaterThan(5);
  expect(decisions.map(({ diagnostics }) => diagnostics!["draws"])).toEqual(counts);
  const all = await run({});
  expect(Math.max(...all.counts)).toBe(24);
  expect(average(all.counts)).toBeGreaterThan(20);
});

test("a fixed number of draws at the budget is best-of-n", async () => {
  const { access, decisions, counts } = await run({ law: "fixed" });
  expect(new Set(counts)).toEqual(new Set([24]));
  for (const [i, decision] of decisions.entries()) {
    const drawn = access.drawnFor(`test-${i}`);
    const best = Math.max(...drawn.map(({ text }) => worth(text)));
    const winners = drawn.filter(({ text }) => worth(text) === best);
    expect(decision).toMatchObject({ weights: winners.map(({ id }) => ({ id, weight: 1 / winners.length })) });
  }
});

test("hedging takes all draws where the reward is gold, and few where high rewards are hacked", async () => {
  expect((await run({ mean: "hedged" })).state).toEqual({ mean: 24 });
  // Gold falls to nothing where the proxy is highest.
  const { state, counts } = await run({ mean: "hedged" }, (text) => (worth(text) >= 9 ? 0 : worth(text) / 9));
  expect(state!.mean).toBeLessThan(12);
  expect(Math.abs(average(counts) - state!.mean!)).toBeLessThan(1.5);
});

test("grades are asked for only to hedge", async () => {
  const refuse = () => {
    throw new Error("grades were asked for");
  };
  expect((await run({ mean: 3 }, refuse)).state).toEqual({});
  await expect(run({ mean: "hedged" }, refuse)).rejects.toThrow(/grades were asked for/);
});

test("undefined without labelled problems, and for a budget in tokens", async () => {
  const parameters = bestOfPoisson.parameters.parse({ mean: "hedged" });
  const access = open(problemsOf("test", 1));
  expect(await bestOfPoisson.decide(access.problems, access, parameters, {})).toEqual([
    { kind: "abstained", reason: "undefined: there were no labelled problems to hedge on" },
  ]);
  const tokens = open(problemsOf("test", 1), { unit: "tokens", amount: 500 });
  expect(await bestOfPoisson.decide(tokens.problems, tokens, bestOfPoisson.parameters.parse({}), {})).toEqual([
    { kind: "abstained", reason: "undefined: a number of draws is needed, and the budget is in tokens" },
  ]);
});
