import type { LabelledStream, ProblemView } from "@touchstone/core";
import { randomConditional, ToyAccess, toyPolicy, toyReward } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { laser } from "../src/index.ts";

const vocabulary = ["1", "2", "3"];
const policy = toyPolicy({ vocabulary, conditional: randomConditional(5, vocabulary.length) });
const problemsOf = (split: "train" | "test", count: number) =>
  Array.from({ length: count }, (_, i): ProblemView => {
    const id = `${split}-${i}`;
    return { id, messages: [{ role: "user", content: `question ${id}` }], cluster: id, split };
  });
const [train, test_] = [problemsOf("train", 300), problemsOf("test", 100)];

/** Which reward model is right for a prompt: the sign of the first number of its embedding says so. */
const embeddings = await policy.embed([...train, ...test_].map(({ messages }) => messages));
const rightArm = new Map(
  [...train, ...test_].map(({ messages }, i) => [messages[0]!.content, embeddings[i]![0]! > 0 ? 0 : 1]),
);
const worth = (text: string) => [...text].reduce((sum, digit) => sum + Number(digit), 0);
const rewardModels = [0, 1].map((arm) =>
  toyReward(`reward-${arm}`, (prompt, text) => (rightArm.get(prompt) === arm ? worth(text) : -worth(text))),
);

function open(problems: readonly ProblemView[], seed = 1, models = rewardModels) {
  return new ToyAccess({
    policy,
    rewardModels: models,
    problems,
    extract: (text) => text.slice(-1) || undefined,
    budget: { unit: "samples", amount: 6, scope: "problem" },
    decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 4, stop: [] },
    seed,
  });
}

/** Grades by worth; `grades` can be forbidden. */
function labelled(access: ToyAccess, graded = true): LabelledStream {
  return {
    problems: access.problems,
    async grades(drawn) {
      if (!graded) throw new Error("grades were asked for");
      return Float64Array.from(drawn, ({ text }) => worth(text) / 12);
    },
  };
}

async function run(given: object, graded = true, models = rewardModels) {
  const parameters = laser.parameters.parse(given);
  const learning = open(train, 1, models);
  const state = await laser.fit!(labelled(learning, graded), learning, parameters);
  const access = open(test_, 2, models);
  const decisions = await laser.decide(access.problems, access, parameters, state);
  const arms = decisions.map(({ diagnostics }) => (diagnostics?.["chose_reward-0"] === 1 ? 0 : 1));
  const right = arms.filter((arm, i) => rightArm.get(test_[i]!.messages[0]!.content) === arm).length / arms.length;
  return { parameters, learning, state, access, decisions, arms, right };
}

test("LinUCB learns which reward model is right for which prompt; Exp3 and chance cannot", async () => {
  // Chance and Exp3 are right in half of 100 problems: standard error .05.
  const [linucb, exp3, random] = [await run({}), await run({ policy: "exp3" }), await run({ policy: "random" })];
  expect(linucb.right).toBeGreaterThan(0.8);
  expect(Math.abs(exp3.right - 0.5)).toBeLessThan(0.2);
  expect(Math.abs(random.right - 0.5)).toBeLessThan(0.2);
});

test("decides by the highest estimate, without the bonus that it learned with", async () => {
  // Learning with such a bonus plays whatever is least known, both models alike; deciding with it would be chance.
  expect((await run({ alpha: 1000 })).right).toBeGreaterThan(0.8);
});

test.each(["linucb", "exp3"])("a reward model that fails earns nothing, and %s leaves it", async (policyName) => {
  const failing = toyReward("reward-0", () => Number.NaN);
  const { arms } = await run({ policy: policyName, gamma: 0.2 }, true, [failing, rewardModels[1]!]);
  // A choice that could not be made is worth less than any that could.
  expect(arms.filter((arm) => arm === 0).length).toBeLessThan(20);
});

test("only the chosen reward model is paid for, and the prompt's embedding", async () => {
  const { access, arms } = await run({});
  for (const [i, { id, messages }] of test_.entries()) {
    expect(arms[i]).toBeDefined();
    const prompt = messages[0]!.content.length;
    const once = access.drawnFor(id).reduce((sum, { text }) => sum + prompt + text.length, 0);
    expect(access.ledger(id)).toMatchObject({ rewardTokens: once, extraForwardTokens: prompt, samples: 6 });
  }
  const ensemble = await run({ policy: "standardised-mean" });
  const { id, messages } = test_[0]!;
  const once = ensemble.access
    .drawnFor(id)
    .reduce((sum, { text }) => sum + messages[0]!.content.length + text.length, 0);
  expect(ensemble.access.ledger(id)).toMatchObject({ rewardTokens: 2 * once, extraForwardTokens: 0 });
});

test("learning pays for the played arm only, for all where regret is traced", async () => {
  const paid = ({ learning }: Awaited<ReturnType<typeof run>>) =>
    train.reduce((sum, { id }) => sum + learning.ledger(id).rewardTokens, 0);
  expect(paid(await run({ regret: true }))).toBe(2 * paid(await run({})));
});

test("what was learned is frozen: deciding again decides the same", async () => {
  const { parameters, state, decisions } = await run({});
  const again = open(test_, 2);
  expect(await laser.decide(again.problems, again, parameters, state)).toEqual(decisions);
});

test("without labels no grade is asked for", async () => {
  for (const signal of ["agreement", "log-probability"]) await run({ signal }, false);
  await expect(run({}, false)).rejects.toThrow(/grades were asked for/);
});

test("it can go on learning while it decides, apart from what it was given", async () => {
  const { parameters, state, decisions } = await run({ online: true, signal: "agreement" }, false);
  const again = open(test_, 2);
  expect(await laser.decide(again.problems, again, parameters, state)).toEqual(decisions);
});

test("what it learns while it decides changes what it chooses", async () => {
  // Four of five responses say 1: choosing by a liking for 1 agrees with the majority. Which model likes it is the other way round on test.
  const rare = 1e-9;
  const mostlyOne = toyPolicy({
    vocabulary,
    conditional: (_, prefix) => (prefix === "" ? [0.8, 0.2 - 2 * rare, rare, rare] : [rare, rare, rare, 1 - 3 * rare]),
  });
  const likes = (arm: number) =>
    toyReward(`reward-${arm}`, (prompt, text) => Number((text === "1") === (prompt.includes("train") === (arm === 0))));
  const openRare = (problems: readonly ProblemView[]) =>
    new ToyAccess({
      policy: mostlyOne,
      rewardModels: [likes(0), likes(1)],
      problems,
      extract: (text) => text,
      budget: { unit: "samples", amount: 9, scope: "problem" },
      decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 4, stop: [] },
      seed: 3,
    });
  const shareOfRight = async (online: boolean) => {
    const parameters = laser.parameters.parse({ signal: "agreement", alpha: 1, online });
    const learning = openRare(train.slice(0, 8));
    const state = await laser.fit!(labelled(learning, false), learning, parameters);
    const access = openRare(test_);
    const decisions = await laser.decide(access.problems, access, parameters, state);
    const late = decisions.slice(50);
    return late.filter(({ diagnostics }) => diagnostics?.["chose_reward-1"] === 1).length / late.length;
  };
  expect(await shareOfRight(false)).toBeLessThan(0.1);
  expect(await shareOfRight(true)).toBeGreaterThan(0.8);
});

test("regret against the best single model grows slower than that of random choice, and can fall below zero", async () => {
  const { state } = await run({ regret: true });
  const { regret, regret_of_random_choice: chance } = state!.curves!;
  expect(regret).toHaveLength(train.length);
  // Two models that are right in half of the prompts each: choosing by prompt beats the better of them.
  expect(regret.at(-1)!).toBeLessThan(chance.at(-1)!);
  expect(regret.at(-1)!).toBeLessThan(0);
  expect((await run({})).state!.curves).toBeUndefined();
});

test("single takes the model that earns most on labelled problems, or the one that is named", async () => {
  const counts: number[] = [0, 0];
  for (const { messages } of train) counts[rightArm.get(messages[0]!.content)!]!++;
  const { arms } = await run({ policy: "single" });
  expect(new Set(arms)).toEqual(new Set([counts[0]! > counts[1]! ? 0 : 1]));
  expect(new Set((await run({ policy: "single", model: "reward-1" })).arms)).toEqual(new Set([1]));
  await expect(run({ policy: "single", model: "reward-9" })).rejects.toThrow(
    /unknown-reward-model: .*Received: reward-9\. Name one of: reward-0, reward-1\./,
  );
});

test("round robin gives every model its share, the same one to the same problem", async () => {
  const { arms } = await run({ policy: "round-robin" });
  // 100 fair choices: standard error .05.
  expect(Math.abs(arms.filter((arm) => arm === 1).length / 100 - 0.5)).toBeLessThan(0.2);
  expect((await run({ policy: "round-robin" })).arms).toEqual(arms);
});

test("a budget in tokens is undefined", async () => {
  const parameters = laser.parameters.parse({});
  const access = new ToyAccess({
    policy,
    rewardModels,
    problems: test_.slice(0, 1),
    extract: () => undefined,
    budget: { unit: "tokens", amount: 500, scope: "problem" },
    decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 4, stop: [] },
    seed: 1,
  });
  expect(await laser.fit!(labelled(access), access, parameters)).toEqual({});
  expect(await laser.decide(access.problems, access, parameters, {})).toEqual([
    { kind: "abstained", reason: "undefined: n draws of every problem are needed, and the budget is in tokens" },
  ]);
});
