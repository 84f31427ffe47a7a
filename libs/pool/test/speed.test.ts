import { expect, it } from "vitest";
import { openPool } from "../src/index.ts";
import type { ContinuationAppend } from "../src/index.ts";
import { emptyPool } from "./empty-pool.ts";
import { continuationOf, KEY, MODEL, promptOf, samplesOf } from "./fixtures.ts";

// Processor time, because the clock also measures what else the machine does.
const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

it("15,360 samples and 46,080 rewards load within 2 seconds of processor time", { timeout: 300_000 }, async () => {
  using folder = await emptyPool();
  const problems = Array.from({ length: 60 }, (_, i) => promptOf(`p${i}`));
  const judges = ["x", "y", "z"].map((letter) => ({ ...MODEL, name: letter, revision: letter.repeat(64) }));
  {
    await using pool = await openPool(folder.path);
    for (const prompt of problems) {
      const samples = samplesOf(prompt.problem, 0, 256).map((s) => ({ ...s, text: `${s.text} `.repeat(20) }));
      await pool.appendSamples(KEY, [{ ...prompt, promptTokens: 30, samples, seconds: 1 }]);
      for (const judge of judges) {
        const rows = samples.map(({ index }) => ({ ...prompt, index, value: index / 3, tokens: 60, seconds: 0.01 }));
        await pool.appendRewards(KEY, judge, rows);
      }
    }
  }
  await using pool = await openPool(folder.path);
  const before = processorSeconds();
  const samples = await pool.samples(KEY, problems, 256);
  const rewards = [];
  for (const judge of judges) rewards.push(await pool.rewards(KEY, judge, problems, 256));
  const spent = processorSeconds() - before;

  expect([...samples.values()].reduce((sum, { size }) => sum + size, 0)).toBe(15_360);
  const stored = rewards.flatMap((byProblem) => [...byProblem.values()]);
  expect(stored.reduce((sum, { values }) => sum + values.filter((v) => !Number.isNaN(v)).length, 0)).toBe(46_080);
  expect(spent).toBeLessThan(2);
});

it("20 steps of 200 chains are looked up, kept and read again within 2 seconds of processor time", async () => {
  using folder = await emptyPool();
  await using pool = await openPool(folder.path);
  const steps = Array.from({ length: 20 }, (_, step) =>
    Array.from({ length: 200 }, (_unused, i) => continuationOf(`p${i}`, step)),
  );
  const contentsOf = (rows: readonly ContinuationAppend[]) =>
    rows.map(({ promptHash, sample }) => ({ promptHash, text: sample.text, partial: false }));
  const before = processorSeconds();
  for (const rows of steps) {
    await pool.continuations(KEY, rows);
    await pool.appendContinuations(KEY, rows);
    await pool.contentRewards(MODEL, contentsOf(rows));
    const reward = { value: 1, tokens: 60, seconds: 0.01 };
    await pool.appendContentRewards(
      MODEL,
      contentsOf(rows).map((content) => ({ ...content, ...reward })),
    );
  }
  for (const rows of steps) {
    const found = await pool.continuations(KEY, rows);
    expect(found.map((row) => row?.sample.text)).toEqual(rows.map(({ sample }) => sample.text));
    expect((await pool.contentRewards(MODEL, contentsOf(rows))).every((reward) => reward?.value === 1)).toBe(true);
  }
  expect(processorSeconds() - before).toBeLessThan(2);
});
