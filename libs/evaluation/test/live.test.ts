import { defineSelector, type Dataset, type Method } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { drawsOf, evaluate, fill, type EvaluationTables, type ProgressEvent } from "../src/index.ts";
import { countedPolicy, countedReward, liveDataset, liveSetting, walker, type Log } from "./live-world.ts";
import { filePool } from "./toy-world.ts";

const store = filePool();
const other = filePool();

/** Everything but measured time. */
function withoutTime(tables: EvaluationTables): EvaluationTables {
  return { ...tables, results: tables.results.map((row) => ({ ...row, wall_seconds: null })) };
}

test("chains of many problems take each step in one call of the engine, and smaller budgets take none", async () => {
  const policy = countedPolicy();
  const setting = liveSetting(store.pool, { seeds: [1], budgets: { amounts: [1, 3, 8] } }, { problems: 64, policy });
  await fill(setting);
  // Eight samples are the first state, which is in the pool, and seven steps.
  expect(policy.calls).toMatchObject({ count: 7, samples: 64 * 7 });
});

test("live and replayed, a procedure decides the same, with as much spent", async () => {
  const log: Log = new Map();
  const policy = countedPolicy();
  const rewardModel = countedReward();
  const setting = liveSetting(store.pool, { seeds: [2] }, { policy, rewardModel, methods: [walker(log)] });
  await fill(setting);
  expect(log.size).toBe(2 * 6);
  const [calls, asked] = [{ ...policy.calls }, rewardModel.asked.texts];
  const { results } = await evaluate(setting);
  for (const [live, replayed, ...more] of log.values()) expect([replayed, more]).toEqual([live, []]);
  expect(policy.calls).toEqual(calls);
  expect(rewardModel.asked.texts).toBe(asked);
  const [two, five] = results.filter(({ method, metric }) => method === "walker" && metric === "accuracy");
  expect(two).toMatchObject({ budget: 2, replicates: 1, problems: 6, flag: "", rounds: 4 });
  // Each of five states is drawn and rewarded in a round of its own.
  expect(five).toMatchObject({ budget: 5, replicates: 1, problems: 6, flag: "", rounds: 10 });
  expect(five!.prompt_tokens).toBeCloseTo("test 0".length, 9);
  expect(five!.completion_tokens).toBeGreaterThan(two!.completion_tokens!);
  expect(
    results.find(({ method, metric }) => method === "walker" && metric === "proxy_reward")!.estimate,
  ).not.toBeNull();
});

test("what a larger budget continued costs a smaller one nothing, also in another run", async () => {
  const policy = countedPolicy();
  const rewardModel = countedReward();
  await fill(liveSetting(store.pool, { seeds: [3], budgets: { amounts: [8] } }, { policy, rewardModel }));
  const [samples, texts] = [policy.calls.samples, rewardModel.asked.texts];
  const report = await fill(
    liveSetting(store.pool, { seeds: [3], budgets: { amounts: [2, 4, 8] } }, { policy, rewardModel }),
  );
  expect(report).toMatchObject({ drawn: 0, rewards: 0 });
  expect(policy.calls.samples).toBe(samples);
  expect(rewardModel.asked.texts).toBe(texts);
});

test("a fill that is stopped between steps resumes from the kept continuations to the same tables", async () => {
  const suite = { seeds: [4], budgets: { amounts: [6] } };
  const whole = liveSetting(store.pool, suite);
  await fill(whole);
  const controller = new AbortController();
  const stopping = countedPolicy((call) => {
    if (call === 3) controller.abort();
  });
  const setting = liveSetting(other.pool, suite, { policy: stopping });
  await expect(fill(setting, { signal: controller.signal })).rejects.toMatchObject({ code: "interrupted" });
  await fill(setting);
  // Two steps were kept, so the rest is three more: nothing is drawn twice.
  expect(stopping.calls.samples).toBe(6 * 5);
  expect(withoutTime(await evaluate(setting))).toEqual(withoutTime(await evaluate(whole)));
});

test("an engine that fails in the middle of a chain leaves what was drawn before", async () => {
  const suite = { seeds: [5], budgets: { amounts: [6] } };
  const broken = countedPolicy((call) => {
    if (call === 4) throw new Error("the engine broke");
  });
  await expect(fill(liveSetting(store.pool, suite, { policy: broken }))).rejects.toThrow("the engine broke");
  const policy = countedPolicy();
  await fill(liveSetting(store.pool, suite, { policy }));
  expect(broken.calls.samples + policy.calls.samples).toBe(6 * 5);
  expect(broken.calls.samples).toBe(6 * 3);
});

test("a chain may be longer than the pool, and an independent method may not", async () => {
  const suite = { seeds: [13], budgets: { amounts: [12] }, poolSize: 4 };
  const policy = countedPolicy();
  await fill(liveSetting(store.pool, suite, { policy }));
  expect(policy.calls.samples).toBe(6 * 11);
  expect(() => liveSetting(store.pool, { ...suite, methods: ["walker", "vote"] })).toThrow("budget-above-pool");
});

test("a continuation that the pool lacks is named, with what to do", async () => {
  await fill(liveSetting(store.pool, { seeds: [6], budgets: { amounts: [3] } }));
  const longer = liveSetting(store.pool, { seeds: [6], budgets: { amounts: [4] } });
  await expect(evaluate(longer)).rejects.toMatchObject({ code: "pool-incomplete", family: "pool" });
  await expect(evaluate(longer)).rejects.toThrow(/The pool does not hold a (continuation|reward of ones) that/);
});

test("chains do not depend on the company in which they advance", async () => {
  const log: Log = new Map();
  const alone: Log = new Map();
  const whole = liveDataset(6);
  const half: Dataset = { ...whole, problems: (split) => whole.problems(split).filter((_, i) => i % 2 === 1) };
  await fill(liveSetting(store.pool, { seeds: [7] }, { methods: [walker(log)] }));
  await fill(liveSetting(other.pool, { seeds: [7] }, { methods: [walker(alone)], dataset: half }));
  expect(alone.size).toBe(2 * 3);
  for (const [key, said] of alone) expect(log.get(key)).toEqual(said);
});

test("every chain is a replicate of its own, with another first state and other continuations", async () => {
  const log: Log = new Map();
  const policy = countedPolicy();
  const setting = liveSetting(store.pool, { seeds: [8], chains: 3 }, { policy, methods: [walker(log)] });
  await fill(setting);
  // One chain of five, three times, for six problems: none shares a continuation with another.
  expect(policy.calls).toMatchObject({ count: 3 * 4, samples: 3 * 4 * 6 });
  const firsts = [...log.values()].map((walks) => new Set(walks.map((walk) => walk.split(",")[0])).size);
  expect(Math.max(...firsts)).toBeGreaterThan(1);
  const { results } = await evaluate(setting);
  for (const [a, b, c, ...again] of log.values()) expect(again).toEqual([a, b, c]);
  const rows = results.filter(({ method, metric }) => method === "walker" && metric === "accuracy");
  expect(rows.map(({ replicates }) => replicates)).toEqual([3, 3]);
  expect(rows[1]!.monte_carlo_error).toBeGreaterThan(0);
});

test("poisoned grades change what is measured and nothing that is decided", async () => {
  const log: Log = new Map();
  const methods: readonly Method[] = [walker(log)];
  const setting = liveSetting(store.pool, { seeds: [9] }, { methods });
  await fill(setting);
  const honest = await evaluate(setting);
  const dataset = liveDataset(6);
  const poisoned: Dataset = { ...dataset, version: "2", grader: { name: "poison", grade: () => 1 } };
  const other_ = liveSetting(store.pool, { seeds: [9] }, { methods, dataset: poisoned });
  await fill(other_);
  const { results } = await evaluate(other_);
  for (const decided of log.values()) expect(new Set(decided).size).toBe(1);
  for (const row of results.filter(({ metric }) => metric === "accuracy")) expect(row.estimate).toBeCloseTo(1, 12);
  expect(honest.results.some(({ estimate, metric }) => metric === "accuracy" && estimate! < 1)).toBe(true);
});

test("a walker stands beside selectors in one suite, each with its own replicates", async () => {
  const suite = { seeds: [10], methods: ["walker", "vote", "best"], budgets: { amounts: [1, 2] } };
  const setting = liveSetting(store.pool, suite);
  await fill(setting);
  const { results, samples, diagnostics } = await evaluate(setting);
  const replicates = new Map(results.map((row) => [row.method, row.replicates]));
  expect([replicates.get("walker"), replicates.get("vote"), replicates.get("best")]).toEqual([1, 200, 0]);
  expect(samples[0]!.decisions.map(({ method }) => method)).toContain("walker");
  expect(
    diagnostics.find(({ subject, name, budget }) => subject === "walker" && name === "distinct_states" && budget === 1)!
      .value,
  ).toBe(1);
});

test("progress of chains goes up to the whole", async () => {
  const events: ProgressEvent[] = [];
  const methods = ["walker", { name: "walker", parameters: { beta: 2 } }];
  await fill(liveSetting(store.pool, { seeds: [11], methods }), { onProgress: (event) => events.push(event) });
  const subject = "walker with ones, toy on live/test";
  const subjects = events.filter(({ phase }) => phase === "procedures").map((event) => event.subject);
  expect(new Set(subjects)).toEqual(new Set([subject, "walker (beta 2) with ones, toy on live/test"]));
  const walks = events.filter((event) => event.phase === "procedures" && event.subject === subject);
  expect(walks.at(-1)).toMatchObject({ done: 5 * 6, total: 5 * 6 });
  expect(walks.map(({ done }) => done)).toEqual(walks.map(({ done }) => done).toSorted((a, b) => a - b));
  expect(walks.at(-1)!.tokensPerSecond).toBeGreaterThan(0);
});

test("what follows a response's last token is read once, kept, shown, and paid for", async () => {
  const seen: number[][] = [];
  const reader = defineSelector({
    name: "reader",
    summary: "",
    reference: { title: "", authors: "", year: 2026 },
    needs: { rewards: "none", answers: false, afterLast: () => true },
    parameters: z.strictObject({}),
    select(drawn) {
      seen.push([...drawn.afterLast!]);
      return { kind: "selected", weights: new Float64Array(drawn.size).fill(1 / drawn.size) };
    },
  });
  const policy = countedPolicy();
  const methods = [reader] as readonly Method[];
  const setting = liveSetting(store.pool, { seeds: [12], budgets: { amounts: [8] } }, { policy, methods });
  await fill(setting);
  const { results } = await evaluate(setting);
  const [draw] = drawsOf(setting);
  const samples = await store.pool.sampleTokens(draw!.key, draw!.prompts[0]!, 8);
  const pairs = samples.map(({ tokens }) => ({
    messages: draw!.problems[0]!.messages,
    response: { text: "", tokens },
  }));
  const scored = await policy.score(pairs, { afterLast: true });
  // Replicate 0 of the first problem is the pool in order.
  expect(seen[0]).toEqual(scored.map(({ selfCertainty }) => selfCertainty.at(-1)));
  expect(results.find(({ method }) => method === "reader")).toMatchObject({ rounds: 2 });
});
