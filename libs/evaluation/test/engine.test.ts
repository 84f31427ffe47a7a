import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resultRow, type Dataset, type Method } from "@touchstone/core";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { writeFixtureModel } from "@touchstone/inference/fixture";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { drawsOf, evaluate, fill, resolveSuite, type RunSetting } from "../src/index.ts";
import { walker, type Log } from "./live-world.ts";
import { filePool, METHODS } from "./toy-world.ts";

const SHAPE = { layers: 2, width: 32, heads: 4, mlp: 48, vocabulary: 64 };
const folder = mkdtempSync(join(tmpdir(), "touchstone-engine-"));
const [straight, stopped] = [filePool(), filePool()];

/** An answer is a response's first character, and `a` is right. Random weights know nothing: this is about the way of the data. */
const DATASET: Dataset = {
  name: "first-letter",
  version: "1",
  description: "Toy",
  licence: "Apache-2.0",
  splits: ["test"],
  stepDelimiter: "\n",
  extractor: {
    name: "first-character",
    extract: (response) => (response === "" ? { kind: "unparsable" } : { kind: "answer", key: response[0]! }),
  },
  grader: {
    name: "equal",
    grade: (problem, _response, answer) => (answer.kind === "answer" && answer.key === problem.reference ? 1 : 0),
  },
  problems: () =>
    ["ab", "cd", "ef"].map((content, i) => ({
      id: `p${i}`,
      messages: [{ role: "user", content }],
      cluster: `c${i}`,
      split: "test",
      reference: "a",
    })),
};

let models: Pick<RunSetting, "models" | "rewardModels">;

beforeAll(async () => {
  await writeFixtureModel(join(folder, "policy"), SHAPE, { spread: 0.5 });
  await writeFixtureModel(join(folder, "classifier"), SHAPE, { kind: "classifier", seed: 2, planted: "Likes vowels." });
  await writeFixtureModel(join(folder, "likelihood"), SHAPE, { kind: "likelihood", seed: 3 });
  models = {
    models: new Map([["policy", await loadLanguageModel(join(folder, "policy"), { tile: 8, workers: 2 })]]),
    rewardModels: new Map([
      ["classifier", await loadRewardModel(join(folder, "classifier"), { workers: 1 })],
      ["likelihood", await loadRewardModel(join(folder, "likelihood"), { workers: 1 })],
    ]),
  };
});

afterAll(async () => {
  for (const model of [...models.models.values(), ...models.rewardModels.values()]) await model.close();
  rmSync(folder, { recursive: true, force: true });
});

function setting(pool: RunSetting["pool"]): RunSetting {
  const { suite } = resolveSuite(
    {
      name: "engine",
      datasets: [{ name: "first-letter" }],
      models: ["policy"],
      decodings: [{ maxTokens: 12 }],
      rewardModels: ["classifier", "likelihood"],
      methods: ["best", "vote", "greedy"],
      budgets: { amounts: [1, 4] },
      poolSize: 64,
    },
    { methods: METHODS, datasets: [DATASET], models: ["policy"], rewardModels: ["classifier", "likelihood"] },
  );
  return { suite, methods: METHODS, datasets: new Map([["first-letter", DATASET]]), ...models, pool };
}

test("a suite runs from model folders to tables on the real engine, and a second time from the pool alone", async () => {
  const whole = setting(straight.pool);
  const first = await fill(whole);
  // 3 problems × 64 samples, and one greedy response each.
  expect(first).toMatchObject({ samples: 3 * 64 + 3, rewards: 2 * 3 * 64, failedRewards: 0 });
  expect(await fill(whole)).toMatchObject({ drawn: 0, rewards: 0 });
  const { results, diagnostics } = await evaluate(whole);
  z.array(resultRow).parse(results);
  const [draw] = drawsOf(whole);
  const samples = await straight.pool.samples(draw!.key, draw!.prompts, 64);
  const texts = [...samples.values()].flatMap(({ text }) => text);
  const right = texts.filter((text) => text.startsWith("a")).length / texts.length;
  expect(right).toBeGreaterThan(0);
  const choice = results.find(({ method }) => method === "random-choice")!;
  expect(choice.estimate).toBeCloseTo(right, 12);
  for (const row of results.filter(({ kind }) => kind === "method")) {
    expect(row.time_source).toBe("measured");
    expect(row.wall_seconds).toBeGreaterThan(0);
    expect(row.flops).toBeGreaterThan(0);
  }
  expect(diagnostics.filter(({ name }) => name === "planted").map(({ value }) => value)).toEqual([1, 0]);
});

test("a run that is stopped while the engine draws continues to the same samples and the same tables", async () => {
  const partly = setting(stopped.pool);
  const controller = new AbortController();
  const onProgress = ({ phase, tokens }: { readonly phase: string; readonly tokens: number }) => {
    if (phase === "samples" && tokens > 0) controller.abort();
  };
  await expect(fill(partly, { signal: controller.signal, onProgress })).rejects.toMatchObject({ code: "interrupted" });
  const { pools } = await stopped.pool.info();
  const kept = pools.reduce((sum, pool) => sum + pool.samples, 0);
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(3 * 64);
  await fill(partly);
  const timeless = async (of: RunSetting) => {
    const tables = await evaluate(of);
    return { ...tables, results: tables.results.map((row) => ({ ...row, wall_seconds: 0 })) };
  };
  expect(await timeless(partly)).toEqual(await timeless(setting(straight.pool)));
});

test("chains on the real engine replay to the states that they had live, and stopping them changes nothing but rounding", async () => {
  const log: Log = new Map();
  const methods = [walker(log)] as readonly Method[];
  const chains = (pool: RunSetting["pool"]): RunSetting => {
    const { suite } = resolveSuite(
      {
        name: "chains",
        datasets: [{ name: "first-letter" }],
        models: ["policy"],
        decodings: [{ maxTokens: 12 }],
        rewardModels: ["likelihood"],
        methods: ["walker"],
        budgets: { amounts: [2, 6] },
        poolSize: 8,
        seeds: [1],
      },
      { methods, datasets: [DATASET], models: ["policy"], rewardModels: ["likelihood"] },
    );
    return { suite, methods, datasets: new Map([["first-letter", DATASET]]), ...models, pool };
  };
  // Three problems, five steps.
  expect(await fill(chains(straight.pool))).toMatchObject({ drawn: 3 * 8 + 3 * 5 });
  expect(await fill(chains(straight.pool))).toMatchObject({ drawn: 0, rewards: 0 });
  await evaluate(chains(straight.pool));
  const controller = new AbortController();
  let tokens = 0;
  const onProgress = (event: { readonly phase: string; readonly tokens: number }) => {
    if (event.phase === "procedures" && event.tokens > tokens + 40) controller.abort();
    if (event.phase === "procedures") tokens ||= event.tokens;
  };
  await expect(fill(chains(stopped.pool), { signal: controller.signal, onProgress })).rejects.toMatchObject({
    code: "interrupted",
  });
  await fill(chains(stopped.pool));
  expect(log.size).toBe(2 * 3);
  for (const walks of log.values()) {
    // Live, twice replayed, and stopped.
    expect(walks).toHaveLength(4);
    const [live, ...others] = walks.map((walk) => JSON.parse(walk) as [text: string, logProbability: number][]);
    expect(others.slice(0, 2)).toEqual([live, live]);
    // What a worker still keeps of a chain when it is stopped is gone afterwards: read again, it rounds differently.
    expect(others[2]).toEqual(live!.map(([text, logProbability]) => [text, expect.closeTo(logProbability, 4)]));
  }
});
