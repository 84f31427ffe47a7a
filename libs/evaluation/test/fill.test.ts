import { expect, test } from "vitest";
import { drawsOf, evaluate, fill, type EvaluationTables, type ProgressEvent } from "../src/index.ts";
import { lengthReward, filePool, toyPolicy, toySetting, vote, best } from "./toy-world.ts";
import { TouchstoneError, type Method } from "@touchstone/core";

const store = filePool();
const other = filePool();

const TWO = [vote, best] as readonly Method[];

/** Everything but measured time. */
function withoutTime(tables: EvaluationTables): EvaluationTables {
  return { ...tables, results: tables.results.map((row) => ({ ...row, wall_seconds: null })) };
}

test("draws what is missing once, in whole tiles, and rewards and grades what the suite reads", async () => {
  const policy = toyPolicy({ tile: 4 });
  const reward = lengthReward("long");
  const setting = toySetting(store.pool, { seeds: [1], poolSize: 6 }, { policy, rewardModels: [reward], methods: TWO });
  const report = await fill(setting);
  // 6 problems × 6 samples need 2 tiles of 4 each; the 2 surplus rows are pooled, not read.
  expect(report).toMatchObject({ samples: 36, drawn: 48, rewards: 36, failedRewards: 0 });
  expect(policy.drawn).toBe(48);
  // Five different responses exist; the model reads each of a problem's once.
  const [draw] = drawsOf(setting);
  const samples = await store.pool.samples(draw!.key, draw!.prompts, 6);
  expect(reward.asked).toBe([...samples.values()].reduce((sum, { text }) => sum + new Set(text).size, 0));
  expect(reward.asked).toBeLessThan(36);
  expect(await fill(setting)).toMatchObject({ samples: 36, drawn: 0, rewards: 0 });
  expect(policy.drawn).toBe(48);
});

test("a larger pool draws only the tiles that are not there", async () => {
  const policy = toyPolicy({ tile: 4 });
  await fill(toySetting(store.pool, { seeds: [2], poolSize: 6 }, { policy, methods: TWO }));
  const before = policy.drawn;
  const report = await fill(toySetting(store.pool, { seeds: [2], poolSize: 12 }, { policy, methods: TWO }));
  expect(policy.drawn - before).toBe(6 * 4);
  expect(report).toMatchObject({ samples: 72, drawn: 24, rewards: 36 });
});

test("an interrupted fill keeps what was drawn, and continues to the same rows as an uninterrupted one", async () => {
  const reference = toySetting(store.pool, { seeds: [10] });
  await fill(reference);

  const controller = new AbortController();
  let tiles = 0;
  const stopping = toyPolicy({
    afterTile: () => {
      if (++tiles === 5) controller.abort();
    },
  });
  const setting = toySetting(other.pool, { seeds: [10] }, { policy: stopping });
  await expect(fill(setting, { signal: controller.signal })).rejects.toMatchObject({ code: "interrupted" });
  const kept = stopping.drawn;
  expect(kept).toBeGreaterThanOrEqual(20);
  await fill(setting);
  // What was kept is not drawn again: the reference drew 6 × 16 and one greedy tile a problem.
  expect(stopping.drawn).toBe(6 * 16 + 6 * 4);
  expect(withoutTime(await evaluate(setting))).toEqual(withoutTime(await evaluate(reference)));
});

test("the order in which the engine works changes nothing", async () => {
  const a = toySetting(store.pool, { seeds: [11] });
  const policy = toyPolicy();
  policy.order = "backward";
  const b = toySetting(other.pool, { seeds: [11] }, { policy });
  await fill(a);
  await fill(b);
  expect(withoutTime(await evaluate(b))).toEqual(withoutTime(await evaluate(a)));
});

test("a reward that is NaN and one on which the model throws are stored as failed and not asked for again", async () => {
  const unreadable = lengthReward("long", {
    fails: (text) => text === "hence =3",
    throws: (text) => text === "no idea",
  });
  const setting = toySetting(store.pool, { seeds: [21] }, { rewardModels: [unreadable], methods: TWO });
  const report = await fill(setting);
  const [draw] = drawsOf(setting);
  const samples = await store.pool.samples(draw!.key, draw!.prompts, draw!.count);
  const rewards = await store.pool.rewards(draw!.key, unreadable.identity, draw!.prompts, draw!.count);
  let failed = 0;
  for (const [problem, { text }] of samples) {
    for (const [index, response] of text.entries()) {
      const fails = response === "hence =3" || response === "no idea";
      if (fails) failed++;
      const value = rewards.get(problem)!.values[index]!;
      expect(value).toBe(fails ? Number.NaN : response.length);
    }
  }
  expect(failed).toBeGreaterThan(0);
  expect(report.failedRewards).toBe(failed);
  expect(await fill(setting)).toMatchObject({ rewards: 0, failedRewards: 0 });
});

test("a reward model that fails on everything is an error, not a column of NaN", async () => {
  const broken = lengthReward("long", { throws: () => true });
  const setting = toySetting(store.pool, { seeds: [22] }, { rewardModels: [broken], methods: TWO });
  await expect(fill(setting)).rejects.toThrow("cannot read");
  const [draw] = drawsOf(setting);
  const rewards = await store.pool.rewards(draw!.key, broken.identity, draw!.prompts, draw!.count);
  expect([...rewards.values()].every(({ present }) => !present.includes(1))).toBe(true);
});

test("a server that goes away is an error and no failed reward; what it gave before is kept, and the rest is asked for later", async () => {
  const outage = new TouchstoneError({ code: "server-unreachable", family: "engine", what: "Down.", fix: "Start it." });
  const steady = lengthReward("long");
  let calls = 0;
  let down = true;
  const served = {
    ...steady,
    pairsACall: 4,
    reward: (pairs: Parameters<typeof steady.reward>[0]) =>
      ++calls > 2 && down ? Promise.reject(outage) : steady.reward(pairs),
  };
  const setting = toySetting(store.pool, { seeds: [25] }, { rewardModels: [served], methods: TWO });
  await expect(fill(setting)).rejects.toBe(outage);
  const [draw] = drawsOf(setting);
  const columns = async () => [
    ...(await store.pool.rewards(draw!.key, served.identity, draw!.prompts, draw!.count)).values(),
  ];
  const kept = (await columns()).flatMap(({ present }) => [...present]).filter((one) => one === 1).length;
  expect(kept).toBeGreaterThanOrEqual(8);
  expect(calls).toBe(3);
  down = false;
  const { rewards, failedRewards } = await fill(setting);
  expect(failedRewards).toBe(0);
  expect(rewards + kept).toBe(draw!.count * draw!.problems.length);
});

test("progress counts what is on disk, phase by phase, up to the whole", async () => {
  const events: ProgressEvent[] = [];
  const setting = toySetting(store.pool, { seeds: [23] }, { methods: TWO });
  await fill(setting, { onProgress: (event) => events.push(event) });
  for (const phase of ["samples", "grades", "rewards"] as const) {
    const of = events.filter((event) => event.phase === phase);
    expect(of.at(-1)).toMatchObject({ done: 96, total: 96 });
    expect(of.map(({ done }) => done)).toEqual(of.map(({ done }) => done).toSorted((a, b) => a - b));
  }
  expect(events.findLast(({ phase }) => phase === "samples")!.tokensPerSecond).toBeGreaterThan(0);
});

test("a grade outside 0 to 1 is refused", async () => {
  const setting = toySetting(store.pool, { seeds: [24] }, { methods: TWO });
  const dataset = setting.datasets.get("toy")!;
  const odd = { ...dataset, grader: { name: "odd", grade: () => 2 } };
  await expect(fill({ ...setting, datasets: new Map([["toy", odd]]) })).rejects.toMatchObject({
    code: "invalid-grade",
  });
});
