import {
  defineProcedure,
  type Access,
  type Budget,
  type Drawn,
  type Method,
  type ProblemView,
  type RewardModel,
} from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { evaluate, fill, type SuiteInput } from "../src/index.ts";
import { countedPolicy, countedReward, liveSetting } from "./live-world.ts";
import { filePool } from "./toy-world.ts";

const store = filePool();
let seed = 0;

type Act = (problem: ProblemView, access: Access) => Promise<Drawn>;

/** Runs an act for every problem, live and then from the pool alone, and hands out what it returned, replayed last. */
async function run(act: Act, suite: Partial<SuiteInput> = {}, rewardModel?: RewardModel) {
  const answers: Drawn[][] = [];
  const actor = defineProcedure({
    name: "actor",
    summary: "",
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: { rewards: "one", answers: true, continues: true },
    parameters: z.strictObject({}),
    async decide(problems: readonly ProblemView[], access: Access) {
      const chosen: Drawn[] = [];
      for (const problem of problems) chosen.push(await act(problem, access));
      answers.push(chosen);
      return chosen.map(({ id }) => ({ kind: "decided" as const, weights: [{ id, weight: 1 }] }));
    },
  }) as Method;
  const policy = countedPolicy();
  const setting = liveSetting(
    store.pool,
    { seeds: [seed++], budgets: { amounts: [20] }, poolSize: 32, ...suite },
    { methods: [actor], policy, ...(rewardModel ? { rewardModel } : {}) },
  );
  await fill(setting);
  const { samples } = { ...policy.calls };
  const { results } = await evaluate(setting);
  expect(policy.calls.samples).toBe(samples);
  expect(answers[1]).toEqual(answers[0]);
  const accuracy = results.find(({ method, metric }) => method === "actor" && metric === "accuracy")!;
  const proxy = results.find(({ method, metric }) => method === "actor" && metric === "proxy_reward")!;
  return { drawn: answers[1]!, accuracy, proxy };
}

test("a response is drawn line by line, each line carrying on with what is there", async () => {
  const { drawn } = await run(async (problem, access) => {
    const decoding = { stopAtLine: true };
    const [[first]] = (await access.draw([{ problem, count: 1, decoding }])) as [[Drawn]];
    let response = first;
    while (response.finish === "stop") {
      const cut = { unit: "token", keep: response.tokenCount } as const;
      const [[next]] = (await access.continue([{ parent: response.id, cut, decoding }])) as [[Drawn]];
      expect(next.statistics.logProbability.slice(0, response.tokenCount)).toEqual(response.statistics.logProbability);
      expect(next.text.startsWith(`${response.text}\n`)).toBe(true);
      response = next;
    }
    return response;
  });
  const finishes = new Set(drawn.map(({ finish }) => finish));
  expect(finishes.has("stop")).toBe(false);
  // Six tokens are the cap; an end token is one of them.
  for (const { finish, tokenCount } of drawn) expect(finish === "end" || tokenCount === 6).toBe(true);
});

test("a response cut at a cap below the suite's goes on to the suite's", async () => {
  const { drawn } = await run(async (problem, access) => {
    const [[first]] = (await access.draw([{ problem, count: 1, decoding: { maxTokens: 2 } }])) as [[Drawn]];
    if (first.finish !== "length") return first;
    const cut = { unit: "token", keep: 2 } as const;
    const [[whole]] = (await access.continue([{ parent: first.id, cut }])) as [[Drawn]];
    expect(whole.tokenCount).toBeGreaterThan(2);
    return whole;
  });
  expect(drawn.some(({ tokenCount }) => tokenCount > 2)).toBe(true);
});

test("a variant may not be longer than the suite's cap", async () => {
  await expect(
    run(async (problem, access) => {
      const [[first]] = (await access.draw([{ problem, count: 1, decoding: { maxTokens: 7 } }])) as [[Drawn]];
      return first;
    }),
  ).rejects.toMatchObject({ code: "over-cap" });
});

test("every line has its reward, and the last is that of the whole", async () => {
  await run(async (problem, access) => {
    const drawn = (await access.draw([{ problem, count: 8 }]))[0]!;
    const rewards = await access.stepRewards(drawn);
    for (const [i, { text, lineEnds }] of drawn.entries()) {
      const ones = (of: string) => Array.from(of).filter((letter) => letter === "1").length;
      const lines = text.split("\n");
      // The toy reward model counts ones; every line of the toy policy ends with a token of its own.
      const expected = Array.from(lineEnds, (_, line) => ones(lines.slice(0, line + 1).join("\n")));
      expect([...rewards[i]!]).toEqual([...expected, ones(text)]);
    }
    return drawn[0]!;
  });
});

test("a reward model that reads a response once for all lines decides the same for fewer tokens", async () => {
  const each = countedReward();
  const passes: number[] = [];
  const once: RewardModel = {
    ...each,
    // Another model for the pool: what was read line by line is not there.
    identity: { ...each.identity, revision: "once" },
    stepRewards: (pairs, ends) => {
      passes.push(pairs.length);
      return Promise.resolve(
        pairs.map(({ messages, response: { text } }, i) => {
          const alone = Int32Array.from(ends[i]!, (end) => messages[0]!.content.length + end);
          const values = Float64Array.from(ends[i]!, (end) => text.slice(0, end).split("1").length - 1);
          return { values, alone, tokens: alone.at(-1)! };
        }),
      );
    },
  };
  let seen: { readonly text: string; readonly rewards: readonly number[] }[] = [];
  // Answers with the response whose mean over lines is highest.
  const act: Act = async (problem, access) => {
    const [[first]] = (await access.draw([{ problem, count: 1 }])) as [[Drawn]];
    const [others] = await access.continue([{ parent: first.id, cut: { unit: "token", keep: 0 }, count: 12 }]);
    const rewards = await access.stepRewards(others!);
    seen.push(...others!.map(({ text }, i) => ({ text, rewards: [...rewards[i]!] })));
    const means = rewards.map((values) => values.reduce((a, b) => a + b, 0) / values.length);
    return others![means.indexOf(Math.max(...means))]!;
  };
  const suite = { seeds: [70] };
  const alone = await run(act, suite, each);
  const byLine = seen;
  seen = [];
  const together = await run(act, suite, once);
  expect(seen).toEqual(byLine);
  expect(together.drawn.map(({ text }) => text)).toEqual(alone.drawn.map(({ text }) => text));
  // Live only: one call a problem.
  expect(passes).toHaveLength(6);
  // A pass up to the end of the last line, and one over the whole; six problems, lived and replayed.
  const tokens = seen.map(({ text }) => {
    const end = text.lastIndexOf("\n") + 1;
    return (end > 0 ? "test 0".length + end : 0) + "test 0".length + text.length;
  });
  const mean = tokens.reduce((sum, count) => sum + count, 0) / 12;
  expect(together.accuracy.reward_tokens).toBeCloseTo(mean, 9);
  expect(alone.accuracy.reward_tokens).toBeGreaterThan(mean);
});

test("equal answers are one class, whether they were in the pool or continued", async () => {
  await run(async (problem, access) => {
    const [[first]] = (await access.draw([{ problem, count: 1 }])) as [[Drawn]];
    const cut = { unit: "token", keep: 0 } as const;
    const [others] = await access.continue([{ parent: first.id, cut, count: 12 }]);
    const byAnswer = new Map<string, Set<number>>();
    for (const { text, answer } of [first, ...others!]) {
      const key = /[12](?=[^12]*$)/.exec(text)?.[0] ?? "";
      byAnswer.set(key, (byAnswer.get(key) ?? new Set()).add(answer));
    }
    for (const [key, classes] of byAnswer) expect([classes.size, classes.has(-1)]).toEqual([1, key === ""]);
    expect(new Set([...byAnswer.values()].flatMap((classes) => [...classes])).size).toBe(byAnswer.size);
    return first;
  });
});

test("a decided continuation is graded, and its reward is known even where the method never asked", async () => {
  const { drawn, accuracy, proxy } = await run(async (problem, access) => {
    const [[first]] = (await access.draw([{ problem, count: 1 }])) as [[Drawn]];
    const cut = { unit: "token", keep: 0 } as const;
    const [[next]] = (await access.continue([{ parent: first.id, cut }])) as [[Drawn]];
    return next;
  });
  const right = drawn.map(({ text, problem }) => {
    const reference = String(1 + (Number(problem.id.split("-")[1]) % 2));
    return Number(/[12](?=[^12]*$)/.exec(text)?.[0] === reference);
  });
  expect(accuracy.estimate).toBeCloseTo(right.reduce((a, b) => a + b, 0) / 6, 12);
  const ones = drawn.map(({ text }) => Array.from(text).filter((letter) => letter === "1").length);
  expect(proxy.estimate).toBeCloseTo(ones.reduce((a, b) => a + b, 0) / 6, 12);
  // Nobody paid for that reward: the method did not ask for it.
  expect(accuracy).toMatchObject({ reward_tokens: 0, rounds: 2 });
});

test("a continued response costs its new tokens, behind the prompt and the kept ones", async () => {
  const spent: number[] = [];
  const unit: Budget["unit"] = "tokens";
  const { accuracy } = await run(
    async (problem, access) => {
      const [[first]] = (await access.draw([{ problem, count: 1 }])) as [[Drawn]];
      const keep = Math.floor((first.tokenCount - 1) / 2);
      const cut = { unit: "token", keep } as const;
      const [[next]] = (await access.continue([{ parent: first.id, cut }])) as [[Drawn]];
      const tokens = "test 0".length + first.tokenCount + next.tokenCount - keep;
      expect(access.spent(problem)).toBe(tokens);
      spent.push(tokens);
      return next;
    },
    { budgets: { unit, amounts: [60] }, poolSize: 8 },
  );
  const mean = spent.slice(6).reduce((a, b) => a + b, 0) / 6;
  expect(accuracy.prompt_tokens! + accuracy.completion_tokens!).toBeCloseTo(mean, 9);
});

test("an act beyond the budget is refused before a model works for it", async () => {
  const policy = countedPolicy();
  const greedy = defineProcedure({
    name: "greedy",
    summary: "",
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: { rewards: "none", answers: false, continues: true },
    parameters: z.strictObject({}),
    async decide(problems: readonly ProblemView[], access: Access) {
      const [drawn] = await access.draw([{ problem: problems[0]!, count: 1 }]);
      const cut = { unit: "token", keep: 0 } as const;
      await access.continue([{ parent: drawn![0]!.id, cut, count: access.budget.amount }]);
      return [];
    },
  }) as Method;
  const setting = liveSetting(store.pool, { seeds: [90], budgets: { amounts: [3] } }, { methods: [greedy], policy });
  await expect(fill(setting)).rejects.toMatchObject({ code: "over-budget", value: 4 });
  expect(policy.calls).toMatchObject({ count: 0, samples: 0 });
});
