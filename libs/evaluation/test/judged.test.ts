import { TouchstoneError, type ComparedPair, type Dataset, type Judge } from "@touchstone/core";
import { expect, test } from "vitest";
import { drawsOf, evaluate, fill, judgedDataset, planRun } from "../src/index.ts";
import { best, filePool, lengthReward, SIZE, toyDataset, toySetting, vote } from "./toy-world.ts";
import type { Method } from "@touchstone/core";

const store = filePool();
const METHODS = [vote, best] as readonly Method[];

interface ToyJudge extends Judge {
  readonly asked: ComparedPair[];
}

/** Prefers the longer response by a logistic law of the difference in characters, 10 a unit; fails where `fails` says so. */
function lengthJudge(name: string, fails: (pair: ComparedPair) => boolean = () => false): ToyJudge {
  const asked: ComparedPair[] = [];
  return {
    identity: {
      name,
      revision: `${name}-weights`,
      dtype: "F32",
      templateHash: "prompt",
      provider: "cpu",
      runtime: "toy@1",
      graphHash: "graph",
      tile: 1,
    },
    size: SIZE,
    asked,
    compare: (pairs) => {
      asked.push(...pairs);
      return Promise.resolve(
        pairs.map((pair) => {
          const p = fails(pair) ? Number.NaN : preference(pair.first, pair.second);
          return { value: p, shownFirst: p, shownSecond: p, tokens: 10 };
        }),
      );
    },
    close: () => Promise.resolve(),
  };
}

const BASELINE = "thus it must be =2";
const preference = (first: string, second: string) => 1 / (1 + Math.exp(-(first.length - second.length) / 10));

function settingWith(judge: Judge, seed: number) {
  const dataset = toyDataset(8);
  const without: Dataset = {
    ...dataset,
    grader: { name: "no-gold", gold: "none", grade: () => Number.NaN },
    problems: (split) => dataset.problems(split).map((problem) => ({ ...problem, reference: BASELINE })),
  };
  const setting = toySetting(store.pool, { seeds: [seed] }, { rewardModels: [lengthReward("long")], methods: METHODS });
  return { ...setting, datasets: new Map([[dataset.name, judgedDataset(without, judge)]]) };
}

test("a judge grades while the pool is filled: each different response once, and never again", async () => {
  const judge = lengthJudge("judge");
  const setting = settingWith(judge, 1);
  await fill(setting);
  const [draw] = drawsOf(setting);
  const samples = await store.pool.samples(draw!.key, draw!.prompts, draw!.count);
  const grades = await store.pool.grades(draw!.key, draw!.grading, draw!.prompts, draw!.count);
  for (const [problem, { text }] of samples)
    expect(Array.from(grades.get(problem)!.grades)).toEqual(text.map((one) => preference(one, BASELINE)));
  expect(judge.asked).toHaveLength([...samples.values()].reduce((sum, { text }) => sum + new Set(text).size, 0));
  expect(judge.asked.every(({ second }) => second === BASELINE)).toBe(true);
  const before = judge.asked.length;
  await fill(settingWith(judge, 1));
  expect(judge.asked).toHaveLength(before);
  // Another judge's grades are others.
  const other = lengthJudge("other");
  await fill(settingWith(other, 1));
  expect(other.asked).toHaveLength(before);
});

test("accuracies are win rates, and length control takes out what length alone has won", async () => {
  const setting = settingWith(lengthJudge("judge"), 2);
  await fill(setting);
  const { results } = await evaluate(setting);
  const of = (method: string, metric: string) => {
    const rows = results.filter((row) => row.method === method && row.metric === metric);
    return rows.find(({ budget }) => budget === Math.max(...rows.map((row) => row.budget)))!;
  };
  const [draw] = drawsOf(setting);
  const samples = [...(await store.pool.samples(draw!.key, draw!.prompts, draw!.count)).values()];
  expect(samples.length).toBeGreaterThan(1);
  // Best-of-n by a reward that is the length takes the longest: as long as the baseline where that was drawn.
  expect(of("best", "accuracy").estimate).toBeGreaterThan(of("vote", "accuracy").estimate!);
  expect(of("best", "accuracy").flag).toBe("judged");
  // The judge looks at nothing but length: at equal length it is of two minds, whatever wins.
  const controlled = of("vote", "length_controlled_win_rate");
  expect(controlled.flag).toBe("judged");
  expect(Math.abs(controlled.estimate! - 0.5)).toBeLessThan(Math.abs(of("vote", "accuracy").estimate! - 0.5));
});

test("a comparison that failed is no grade: its problem has no estimate where it may be chosen", async () => {
  const setting = settingWith(
    lengthJudge("moody", ({ first }) => first === "no idea"),
    3,
  );
  await fill(setting);
  const [draw] = drawsOf(setting);
  const grades = await store.pool.grades(draw!.key, draw!.grading, draw!.prompts, draw!.count);
  expect([...grades.values()].some((columns) => Array.from(columns.grades).some(Number.isNaN))).toBe(true);
  await expect(evaluate(setting)).resolves.toBeDefined();
});

test("an error of the judge ends the run, and what was judged before is kept", async () => {
  const judge = lengthJudge("weak");
  const down = new TouchstoneError({ code: "server-unreachable", family: "engine", what: "Down.", fix: "Start it." });
  let calls = 0;
  const failing: Judge = {
    ...judge,
    compare: (pairs) => (calls++ === 0 ? judge.compare(pairs) : Promise.reject(down)),
  };
  await expect(fill(settingWith(failing, 4))).rejects.toBe(down);
  const kept = judge.asked.length;
  expect(kept).toBe(32);
  await fill(settingWith(judge, 4));
  const twice = judge.asked.map(({ messages, first }) => `${messages[0]!.content} ${first}`);
  expect(new Set(twice).size).toBe(twice.length);
});

test("a plan says what will be judged; a problem without a baseline is refused", async () => {
  const plan = await planRun(settingWith(lengthJudge("judge"), 5));
  expect(plan.notes.join("\n")).toMatch(/judge judges responses to toy: \d+ at most, each in two orders/);
  const dataset = toyDataset(2);
  const empty = { ...dataset, problems: () => dataset.problems("test").map((one) => ({ ...one, reference: "" })) };
  expect(() => judgedDataset(empty, lengthJudge("judge")).problems("test")).toThrow(
    /^no-baseline: The problem p0 of toy/,
  );
});
