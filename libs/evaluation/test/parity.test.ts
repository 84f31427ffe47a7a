import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset } from "@touchstone/core";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { writeFixtureModel } from "@touchstone/inference/fixture";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveSuite, type RunSetting } from "../src/index.ts";
import { firstDifference } from "../src/parity/agreement.ts";
import { flipsOfAcceptance, flipsOfSelector } from "../src/parity/flips.ts";
import { parityOfLanguageModels, parityOfRewardModels, type Parity } from "../src/parity/index.ts";
import { byPosition, differenceMeasures, divergenceMeasures } from "../src/parity/measures.ts";
import { contendersOf } from "../src/cells.ts";
import { toyPool } from "./toy-pool.ts";
import { filePool, METHODS } from "./toy-world.ts";

describe("differences", () => {
  test("are summed up as a textbook would", () => {
    // |Δ| = 1, 2, 3, 4 → mean 2.5, median 2.5, 99th percentile 3 + .97, maximum 4; signed mean (1 − 2 + 3 − 4)/4. NaN is left out.
    const rows = differenceMeasures("d", "nats", [1, -2, 3, -4, Number.NaN], ["p", "p", "q", "q", "q"]);
    const value = Object.fromEntries(rows.map((row) => [row.statistic, row.value]));
    expect(value).toMatchObject({ mean: -0.5, "mean-absolute": 2.5, "median-absolute": 2.5, "maximum-absolute": 4 });
    expect(value["p99-absolute"]).toBeCloseTo(3.97, 12);
    expect(rows.map(({ n }) => n)).toEqual([4, 4, 4, 4, 4]);
  });

  test("by position are those of ranges that double", () => {
    const rows = byPosition([
      [1, -1, 2, 4],
      [3, 1, -2],
    ]);
    expect(rows.map(({ from, to, tokens, meanAbsolute }) => [from, to, tokens, meanAbsolute])).toEqual([
      [1, 1, 2, 2],
      [2, 2, 2, 1],
      [3, 4, 3, 8 / 3],
    ]);
  });

  test("the divergence's estimates are right on average over the law that they sample", () => {
    // A: p = (1/4, 3/4), B: q = (1/2, 1/2). Each token as often as A draws it: the means are KL(A‖B) exactly.
    const d = [Math.log(2), Math.log(2 / 3), Math.log(2 / 3), Math.log(2 / 3)];
    const kl = 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5);
    const rows = divergenceMeasures(
      d.map((x) => [x]),
      d,
      ["a", "b", "c", "d"],
    );
    expect(rows.map(({ value }) => value)).toEqual([expect.closeTo(kl, 12), expect.closeTo(kl, 12)]);
  });
});

describe("decisions", () => {
  const answers = ["1", "2", "3", "4"];
  const pool = (values: number[]) => toyPool({ answers, rewards: { proxy: values } });
  const twin = { a: pool([4, 1, 2, 3]), b: pool([2.5, 1, 2, 3]) };

  test("best-of-n flips where the best one changes, and the grade with it", () => {
    const [best] = contendersOf(
      { methods: [{ name: "best", parameters: {}, source: "default" }] },
      METHODS,
      ["proxy"],
      {
        dataset: "d",
        model: "",
        decoding: "",
      },
    );
    const contender = best as Parameters<typeof flipsOfSelector>[1];
    const options = { seed: 0, dataset: "d", replicates: 3000 };
    // All four: the first (right) loses to the last. Two of four: 6 pairs, of which only {first, last} is decided otherwise.
    expect(flipsOfSelector([twin], contender, 4, options)).toMatchObject({
      flips: 1,
      gradeDifference: -1,
      decisions: 1,
    });
    expect(flipsOfSelector([twin], contender, 2, options).flips).toBeCloseTo(1 / 6, 1);
    expect(flipsOfSelector([{ a: twin.a, b: twin.a }], contender, 2, options).flips).toBe(0);
  });

  test("a choice between responses of one text is no flip", () => {
    const same = (values: number[]) => ({ ...pool(values), text: ["x", "x", "y", "z"] });
    const [best] = contendersOf(
      { methods: [{ name: "best", parameters: {}, source: "default" }] },
      METHODS,
      ["proxy"],
      {
        dataset: "d",
        model: "",
        decoding: "",
      },
    );
    const options = { seed: 0, dataset: "d", replicates: 1 };
    const between = { a: same([4, 3, 2, 1]), b: same([3, 4, 2, 1]) };
    expect(flipsOfSelector([between], best as Parameters<typeof flipsOfSelector>[1], 4, options).flips).toBe(0);
  });

  test("a step of a chain flips as far as the chances to accept differ", () => {
    // Steps 4→1, 1→2, 2→3 against 2.5→1, 1→2, 2→3: only the first differs, e^−3 and e^−1.5.
    const row = flipsOfAcceptance([twin], { method: "m", parameters: "{}", rewardModel: "proxy" }, (p, i, j) => {
      const { values } = p.rewards.get("proxy")!;
      return values[j]! - values[i]!;
    });
    expect(row.flips).toBeCloseTo((Math.exp(-1.5) - Math.exp(-3)) / 3, 12);
    expect(row.decisions).toBe(3);
  });

  test("two responses part after what they share", () => {
    const sample = (tokens: number[]) => ({ tokens: Int32Array.from(tokens), text: tokens.join("") }) as never;
    expect(firstDifference(sample([1, 2, 3]), sample([1, 2, 3]), true)).toBeUndefined();
    expect(firstDifference(sample([1, 2, 3]), sample([1, 4, 3]), true)).toBe(1);
    expect(firstDifference(sample([1, 2]), sample([1, 2, 3]), false)).toBe(2);
  });
});

const SHAPE = { layers: 2, width: 32, heads: 4, mlp: 48, vocabulary: 64 };
const folder = mkdtempSync(join(tmpdir(), "touchstone-parity-"));
const DATASET: Dataset = {
  name: "letters",
  version: "1",
  description: "Toy",
  licence: "Apache-2.0",
  splits: ["test"],
  stepDelimiter: "\n",
  extractor: { name: "first", extract: (text) => ({ kind: "answer", key: text.slice(0, 1) }) },
  grader: { name: "is-a", grade: (_, text) => (text.startsWith("a") ? 1 : 0) },
  problems: () =>
    ["ab", "cd", "ef"].map((content, i) => ({
      id: `p${i}`,
      messages: [{ role: "user", content }],
      cluster: `c${i}`,
      split: "test",
      reference: "a",
    })),
};

describe("on the engine", () => {
  const store = filePool();
  beforeAll(async () => {
    await writeFixtureModel(join(folder, "policy"), SHAPE, { spread: 0.5 });
    await writeFixtureModel(join(folder, "reward"), SHAPE, { kind: "classifier", seed: 2 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a backend against itself: no difference in any number, draw or decision", async () => {
    const found = await compare("policy", "policy");
    expect(valueOf(found, "token-difference", "maximum-absolute")).toBe(0);
    expect(valueOf(found, "sequence-difference", "maximum-absolute")).toBe(0);
    expect(valueOf(found, "greedy-identical", "share")).toBe(1);
    expect(valueOf(found, "drawn-identical", "share")).toBe(1);
    // Drawing computes one token at a time, scoring all at once: other sums, rounded in float32.
    expect(valueOf(found, "token-difference-drawing-scoring", "maximum-absolute")).toBeLessThan(1e-4);
    expect(found.decisions.map(({ flips }) => flips)).toEqual(found.decisions.map(() => 0));
    expect(found.sequences).toHaveLength(24);
  });

  test("weights rounded to 8 bits of mantissa differ eight times as much as those rounded to 11", async () => {
    rounded("policy", "half", Math.f16round);
    rounded("policy", "brain", toBfloat16);
    const [half, brain] = [await compare("policy", "half"), await compare("policy", "brain")];
    const mean = (found: Parity) => valueOf(found, "token-difference", "mean-absolute");
    // Relative errors of a weight are uniform up to 2^-12 and 2^-9 of its binade: ×8 to first order.
    expect(mean(brain) / mean(half)).toBeGreaterThan(4);
    expect(mean(brain) / mean(half)).toBeLessThan(16);
    expect(mean(half)).toBeGreaterThan(1e-6);
    // No divergence is negative, and it is of second order: far below the differences.
    expect(valueOf(half, "kl-per-token", "mean")).toBeGreaterThanOrEqual(0);
    expect(valueOf(half, "kl-per-token", "mean")).toBeLessThan(mean(half));
    expect(brain.decisions.find(({ method }) => method === "power-sampling step")!.flips).toBeGreaterThan(0);
  });

  test("reward models: the differences are those of their rewards, and both are kept in the pool", async () => {
    rounded("reward", "coarse", (x) => Math.fround(Math.round(x * 16) / 16));
    const models = [
      await loadRewardModel(join(folder, "reward")),
      await loadRewardModel(join(folder, "coarse")),
    ] as const;
    const policy = await loadLanguageModel(join(folder, "policy"), { tile: 8 });
    const own = setting(policy, ["reward"]);
    const found = await parityOfRewardModels({ ...own, rewardModels: new Map([["reward", models[0]]]) }, models[1]);
    const read = await pairs(policy);
    const again = await Promise.all(models.map((model) => model.reward(read)));
    const expected = again[0]!.map(({ value: a }, i) => again[1]![i]!.value - a);
    const largest = Math.max(...expected.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    expect(valueOf(found, "reward-difference", "maximum-absolute")).toBeCloseTo(largest, 5);
    const best = found.decisions.find(({ method, n }) => method === "best" && n === 8)!;
    const bests = again.map((rewards) => [0, 8, 16].map((at) => argmax(rewards.slice(at, at + 8).map((r) => r.value))));
    const flipped = bests[0]!.filter((index, p) => index !== bests[1]![p]).length / 3;
    // Another sample of the same text is no other answer, so that fewer may flip than indices do.
    expect(best.flips).toBeLessThanOrEqual(flipped + 1e-9);
    for (const model of [...models, policy]) await model.close();
  });

  async function compare(a: string, b: string): Promise<Parity> {
    const models = [a, b].map((name) => loadLanguageModel(join(folder, name), { tile: 8 }));
    const [first, second] = await Promise.all(models);
    try {
      return await parityOfLanguageModels(setting(first!, []), second!);
    } finally {
      await first!.close();
      await second!.close();
    }
  }

  function setting(policy: Awaited<ReturnType<typeof loadLanguageModel>>, rewardModels: string[]): RunSetting {
    const { suite } = resolveSuite(
      {
        name: "parity",
        datasets: [{ name: "letters" }],
        models: ["policy"],
        decodings: [{ maxTokens: 12 }],
        rewardModels,
        methods: rewardModels.length > 0 ? ["best", "vote"] : ["vote"],
        budgets: { amounts: [2, 8] },
        poolSize: 8,
      },
      { methods: METHODS, datasets: [DATASET], models: ["policy"], rewardModels },
    );
    return {
      suite,
      methods: METHODS,
      datasets: new Map([["letters", DATASET]]),
      models: new Map([["policy", policy]]),
      rewardModels: new Map(),
      pool: store.pool,
    };
  }

  async function pairs(policy: Awaited<ReturnType<typeof loadLanguageModel>>) {
    const problems = DATASET.problems("test");
    const decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: 12, stop: [] };
    const texts: { messages: (typeof problems)[number]["messages"]; response: { text: string } }[] = [];
    const requests = problems.map((problem) => ({ problem, first: 0, count: 8, seed: 0, decoding }));
    const byProblem: string[][] = problems.map(() => []);
    for await (const { request, samples } of policy.sample(requests))
      for (const { index, text } of samples) byProblem[request]![index] = text;
    for (const [p, list] of byProblem.entries())
      for (const text of list) texts.push({ messages: problems[p]!.messages, response: { text } });
    return texts;
  }
});

function argmax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

function valueOf({ measures }: Parity, measure: string, statistic: string): number {
  return measures.find((row) => row.measure === measure && row.statistic === statistic)!.value;
}

/** A copy of a model whose float32 weights are rounded. */
function rounded(from: string, to: string, round: (x: number) => number): void {
  cpSync(join(folder, from), join(folder, to), { recursive: true });
  const path = join(folder, to, "model.safetensors");
  const bytes = readFileSync(path);
  for (let at = 8 + Number(bytes.readBigUInt64LE(0)); at < bytes.length; at += 4)
    bytes.writeFloatLE(round(bytes.readFloatLE(at)), at);
  writeFileSync(path, bytes);
}

/** To the nearest number with 8 significant bits: the upper half of a float32. */
function toBfloat16(x: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, x);
  view.setUint32(0, ((view.getUint32(0) + 0x8000) & 0xffff0000) >>> 0);
  return view.getFloat32(0);
}
