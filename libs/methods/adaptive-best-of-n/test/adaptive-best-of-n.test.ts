import { TouchstoneError, type Budget, type ProblemView } from "@touchstone/core";
import { ADAPTIVE, allocateDraws } from "@touchstone/stats";
import { randomConditional, ToyAccess, toyPolicy, toyReward } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { adaptiveBestOfN } from "../src/index.ts";

const vocabulary = ["1", "2", "3"];
const problems = ["narrow", "wide", "constant"].map((id): ProblemView => ({
  id,
  messages: [{ role: "user", content: id }],
  cluster: id,
  split: "test",
}));
/** What a response is worth: little spread, much spread, none. */
const reward = toyReward("reward", (prompt, text) => {
  const value = [...text].reduce((sum, digit) => sum + Number(digit), 0);
  return prompt === "constant" ? 2 : prompt === "wide" ? value : value / 100;
});

function open(budget: Partial<Budget>, signal?: AbortSignal) {
  return new ToyAccess({
    policy: toyPolicy({ vocabulary, conditional: randomConditional(5, vocabulary.length) }),
    rewardModels: [reward],
    problems,
    extract: (text) => text,
    budget: { unit: "samples", amount: 16, scope: "batch", ...budget },
    decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 6, stop: [] },
    seed: 1,
    ...(signal ? { signal } : {}),
  });
}

const decide = (access: ToyAccess, given: object = {}) =>
  adaptiveBestOfN.decide(access.problems, access, adaptiveBestOfN.parameters.parse(given), undefined);

test("explores evenly, then draws where rewards are wide, and spends exactly the shared budget", async () => {
  const access = open({});
  const decisions = await decide(access);
  const counts = problems.map(({ id }) => access.drawnFor(id).length);
  // d = .75 · 16 = 12 each, 12 more to spread.
  expect(counts.reduce((a, b) => a + b, 0)).toBe(48);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(12);
  expect(counts[1]).toBeGreaterThan(counts[0]!);
  expect(counts[2]).toBe(12);
  expect(decisions.map(({ diagnostics }) => diagnostics)).toEqual(
    counts.map((count) => ({ explored_samples: 12, allocated_samples: count - 12 })),
  );
});

test("allocates as the rule says of the explored rewards", async () => {
  for (const allocation of ["greedy", "sd-proportional", "lowest-maximum-first", "uniform"] as const) {
    const access = open({});
    await decide(access, { allocation });
    const explored = await Promise.all(
      problems.map(async ({ id, messages }) => {
        const first = access.drawnFor(id).slice(0, 12);
        const rewards = await reward.reward(first.map(({ text }) => ({ messages, response: { text } })));
        return rewards.map(({ value }) => value);
      }),
    );
    const expected = allocateDraws(explored, 12, { ...ADAPTIVE, allocation }, access.random("allocation"));
    expect(problems.map(({ id }) => access.drawnFor(id).length - 12)).toEqual([...expected]);
  }
});

test("answers with the highest reward of all draws, explored ones included", async () => {
  const access = open({});
  const decisions = await decide(access);
  for (const [i, { id }] of problems.entries()) {
    const value = (text: string) => [...text].reduce((sum, digit) => sum + Number(digit), 0);
    const drawn = access.drawnFor(id);
    const best = id === "constant" ? undefined : Math.max(...drawn.map(({ text }) => value(text)));
    const winners = drawn.filter(({ text }) => best === undefined || value(text) === best);
    expect(decisions[i]).toMatchObject({
      weights: winners.map((winner) => ({ id: winner.id, weight: 1 / winners.length })),
    });
  }
});

test("the whole batch draws in two rounds, in one where everything is exploration", async () => {
  const [adaptive, even] = [open({}), open({})];
  await decide(adaptive);
  await decide(even, { exploration: 1 });
  expect(Math.max(...problems.map(({ id }) => adaptive.ledger(id).rounds))).toBe(2);
  expect(problems.map(({ id }) => even.drawnFor(id).length)).toEqual([16, 16, 16]);
  expect(Math.max(...problems.map(({ id }) => even.ledger(id).rounds))).toBe(1);
});

test("too few explored draws are undefined, and so is a budget in tokens", async () => {
  const reasons = async (access: ToyAccess) => {
    const decisions = await decide(access);
    expect(problems.flatMap(({ id }) => access.drawnFor(id))).toEqual([]);
    return new Set(decisions.map((decision) => (decision.kind === "abstained" ? decision.reason : "decided")));
  };
  // ⌈.75 · 9⌉ = 7.
  expect(await reasons(open({ amount: 9 }))).toEqual(
    new Set(["undefined: exploring 7 of 9 draws a problem does not describe its rewards; 8 are needed"]),
  );
  expect(await reasons(open({ unit: "tokens", amount: 500 }))).toEqual(
    new Set(["undefined: draws are allocated by number, and the budget is in tokens"]),
  );
});

test("a budget of each problem's own is refused in words", async () => {
  const refused = decide(open({ scope: "problem" }));
  await expect(refused).rejects.toThrow(TouchstoneError);
  await expect(refused).rejects.toThrow(/budget-not-shared: .*Received: problem\. .*scope to `batch`/);
});

test("the share of exploration lies in (0, 1]", () => {
  const message = (exploration: number) => adaptiveBestOfN.parameters.safeParse({ exploration }).error?.message;
  expect(message(0)).toMatch(/exploration/);
  expect(message(1.5)).toMatch(/exploration/);
  expect(message(1)).toBeUndefined();
});
