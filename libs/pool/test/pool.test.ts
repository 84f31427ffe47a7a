import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IN_MEMORY } from "@touchstone/core";
import { openPool } from "../src/index.ts";
import type { Pool } from "../src/index.ts";
import { KEY, MODEL, promptOf, sampleOf, samplesOf, temporaryFolder } from "./fixtures.ts";

const folder = temporaryFolder();
let pool: Pool;
beforeAll(async () => {
  pool = await openPool(join(folder.path, "pool"));
}, 240_000);
afterAll(async () => {
  await pool.close();
  folder[Symbol.dispose]();
});

const append = (problem: string, first: number, count: number, key = KEY) =>
  pool.appendSamples(key, [
    { ...promptOf(problem), promptTokens: 9, samples: samplesOf(problem, first, count), seconds: count * 0.5 },
  ]);

describe("samples", () => {
  it("come back as they were drawn, with sums and means of their token statistics", async () => {
    await append("a", 0, 20);
    const columns = (await pool.samples(KEY, [promptOf("a")], 20)).get("a")!;
    expect(columns.size).toBe(20);
    expect(columns.promptTokens).toBe(9);
    for (let i = 0; i < 20; i++) {
      const length = 1 + (i % 7);
      // Σ_{t<T} (start + i + t/4) = T(start + i) + T(T − 1)/8
      const sum = (start: number): number => length * (start + i) + (length * (length - 1)) / 8;
      expect(columns.text[i]).toBe(`a #${i}`);
      expect(columns.tokens[i]).toBe(length);
      expect(columns.finish[i]).toBe(i % 5 === 0 ? "length" : "end");
      expect(columns.logProbability[i]).toBe(sum(-1));
      expect(columns.decodingLogProbability[i]).toBe(sum(-2));
      expect(columns.entropy[i]).toBeCloseTo(sum(3) / length, 12);
      expect(columns.selfCertainty[i]).toBeCloseTo(sum(4) / length, 12);
      expect(columns.gini[i]).toBeCloseTo(sum(5) / length, 12);
      expect(columns.seconds[i]).toBe(0.5);
    }
  });

  it("keep every token and its statistics to the bit", async () => {
    await append("bits", 0, 3);
    const stored = await pool.sampleTokens(KEY, promptOf("bits"), 10);
    expect(stored).toHaveLength(3);
    stored.forEach((sample, i) => {
      const { tokens, prefixLength, statistics } = sampleOf("bits", i);
      expect(sample).toEqual({ index: i, tokens, prefixLength, statistics });
    });
  });

  it("keep texts that SQL finds hard: U+0000, lone surrogates, quotes, newlines, emoji", async () => {
    const text = "a\u0000b \ud800 'x' \"y\" \\ \n\t 🧮 {null}";
    const sample = { ...sampleOf("hard", 0), text };
    await pool.appendSamples(KEY, [{ ...promptOf("hard"), promptTokens: 1, samples: [sample], seconds: Number.NaN }]);
    const columns = (await pool.samples(KEY, [promptOf("hard")], 1)).get("hard")!;
    expect(columns.text).toEqual([text]);
    expect(columns.seconds[0]).toBeNaN();
  });

  it("keep −Infinity, and NaN where no token was drawn", async () => {
    const impossible = sampleOf("edge", 0, 1);
    impossible.statistics.decodingLogProbability[0] = Number.NEGATIVE_INFINITY;
    await pool.appendSamples(KEY, [
      { ...promptOf("edge"), promptTokens: 1, samples: [impossible, sampleOf("edge", 1, 0)], seconds: 1 },
    ]);
    const columns = (await pool.samples(KEY, [promptOf("edge")], 2)).get("edge")!;
    expect(columns.decodingLogProbability[0]).toBe(Number.NEGATIVE_INFINITY);
    expect(columns.entropy[1]).toBeNaN();
    expect(columns.logProbability[1]).toBe(0);
  });

  it("are never rewritten: appending an index again changes nothing", async () => {
    await append("once", 0, 4);
    const changed = samplesOf("once", 0, 6).map((s) => ({ ...s, text: "changed" }));
    await pool.appendSamples(KEY, [{ ...promptOf("once"), promptTokens: 9, samples: changed, seconds: 1 }]);
    const { text } = (await pool.samples(KEY, [promptOf("once")], 10)).get("once")!;
    expect(text).toEqual(["once #0", "once #1", "once #2", "once #3", "changed", "changed"]);
  });

  it("are counted and read up to the first gap", async () => {
    await append("gap", 0, 4);
    await append("gap", 6, 4);
    await append("late", 3, 2);
    const problems = [promptOf("gap"), promptOf("late"), promptOf("absent")];
    expect(await pool.counts(KEY, problems)).toEqual(
      new Map([
        ["gap", 4],
        ["late", 0],
        ["absent", 0],
      ]),
    );
    const columns = await pool.samples(KEY, problems, 100);
    expect([...columns.values()].map((c) => c.size)).toEqual([4, 0, 0]);
    await append("gap", 4, 2);
    expect((await pool.counts(KEY, problems)).get("gap")).toBe(10);
  });

  it("can be read by the first few", async () => {
    await append("few", 0, 8);
    expect((await pool.samples(KEY, [promptOf("few")], 3)).get("few")!.text).toEqual(["few #0", "few #1", "few #2"]);
  });

  it("of a problem are out of sight once its prompt has changed", async () => {
    await append("reworded", 0, 4);
    const reworded = promptOf("reworded", "Another question?");
    expect((await pool.counts(KEY, [reworded])).get("reworded")).toBe(0);
    await pool.appendSamples(KEY, [{ ...reworded, promptTokens: 5, samples: samplesOf("new", 0, 2), seconds: 1 }]);
    expect((await pool.samples(KEY, [reworded], 9)).get("reworded")!.text).toEqual(["new #0", "new #1"]);
    expect((await pool.counts(KEY, [promptOf("reworded")])).get("reworded")).toBe(4);
  });

  it.each([
    ["seed", { ...KEY, seed: 1 }],
    ["dataset", { ...KEY, dataset: "other" }],
    ["temperature", { ...KEY, decoding: { ...KEY.decoding, temperature: 0.7 } }],
    ["stop strings", { ...KEY, decoding: { ...KEY.decoding, stop: ["\n"] } }],
    ["weights", { ...KEY, model: { ...MODEL, revision: "d".repeat(64) } }],
    ["tile", { ...KEY, model: { ...MODEL, tile: 32 } }],
    ["graph", { ...KEY, model: { ...MODEL, graphHash: "d".repeat(64) } }],
    ["provider", { ...KEY, model: { ...MODEL, provider: "cuda" } }],
    ["runtime", { ...KEY, model: { ...MODEL, runtime: "onnxruntime-node@9.9.9" } }],
    ["dtype", { ...KEY, model: { ...MODEL, dtype: "float16" } }],
    ["chat template", { ...KEY, model: { ...MODEL, templateHash: "d".repeat(64) } }],
  ])("drawn under another %s are other samples", async (_, other) => {
    await append("keyed", 0, 1);
    expect((await pool.counts(other, [promptOf("keyed")])).get("keyed")).toBe(0);
  });

  it("are found again after the model was given another name", async () => {
    await append("renamed", 0, 1);
    const renamed = { ...KEY, model: { ...MODEL, name: "renamed" } };
    expect((await pool.counts(renamed, [promptOf("renamed")])).get("renamed")).toBe(1);
  });
});

describe("rewards", () => {
  const judge = { ...MODEL, name: "judge", revision: "e".repeat(64) };
  const row = (problem: string, index: number, value: number) => ({
    ...promptOf(problem),
    index,
    value,
    tokens: 7,
    seconds: 0.25,
  });

  it("are stored beside their samples; a failed one is NaN, stored, and not missing", async () => {
    await append("r", 0, 4);
    await append("s", 0, 2);
    const problems = [promptOf("r"), promptOf("s")];
    await pool.appendRewards(KEY, judge, [row("r", 1, Number.NaN), row("r", 3, -2.5), row("s", 0, 1), row("s", 1, 2)]);
    await pool.appendRewards(KEY, judge, [row("r", 3, 99)]);

    const r = (await pool.rewards(KEY, judge, problems, 10)).get("r")!;
    expect(r.size).toBe(4);
    expect([...r.present]).toEqual([0, 1, 0, 1]);
    expect([...r.values]).toEqual([Number.NaN, Number.NaN, Number.NaN, -2.5]);
    expect([...r.tokens]).toEqual([0, 7, 0, 7]);
    expect(r.seconds[3]).toBe(0.25);
    expect(await pool.missingRewards(KEY, judge, problems, 10)).toEqual(new Map([["r", [0, 2]]]));
    expect(await pool.missingRewards(KEY, judge, problems, 2)).toEqual(new Map([["r", [0]]]));
  });

  it("of another reward model are other rewards", async () => {
    await append("two", 0, 2);
    await pool.appendRewards(KEY, judge, [row("two", 0, 1), row("two", 1, 1)]);
    const other = { ...judge, revision: "f".repeat(64) };
    expect(await pool.missingRewards(KEY, other, [promptOf("two")], 9)).toEqual(new Map([["two", [0, 1]]]));
  });

  it("for a sample that is not stored are refused, and nothing of the call is kept", async () => {
    await append("refused", 0, 1);
    const rows = [row("refused", 0, 1), row("refused", 5, 1)];
    await expect(pool.appendRewards(KEY, judge, rows)).rejects.toMatchObject({ code: "unknown-sample" });
    expect(await pool.missingRewards(KEY, judge, [promptOf("refused")], 9)).toEqual(new Map([["refused", [0]]]));
    await expect(pool.appendRewards(KEY, judge, [row("never", 0, 1)])).rejects.toThrow(/never #0.*Append the samples/);
  });
});

describe("grades", () => {
  const grading = { extractor: "numeric", grader: "exact", version: "1" };

  it("keep answers, the unparsable ones as null, and belong to one version of the grading", async () => {
    await append("g", 0, 3);
    await pool.appendGrades(KEY, grading, [
      { ...promptOf("g"), index: 0, answer: "42", grade: 1 },
      { ...promptOf("g"), index: 1, answer: null, grade: 0 },
    ]);
    const columns = (await pool.grades(KEY, grading, [promptOf("g")], 9)).get("g")!;
    expect([...columns.present]).toEqual([1, 1, 0]);
    expect(columns.answers).toEqual(["42", null, null]);
    expect([...columns.grades]).toEqual([1, 0, Number.NaN]);
    const regraded = (await pool.grades(KEY, { ...grading, version: "2" }, [promptOf("g")], 9)).get("g")!;
    expect([...regraded.present]).toEqual([0, 0, 0]);
  });
});

describe("info", () => {
  it("tells what each key holds", async () => {
    const key = { ...KEY, dataset: "told" };
    await append("x", 0, 7, key); // lengths 1 … 7
    await append("y", 0, 1, key);
    await pool.appendRewards(key, MODEL, [{ ...promptOf("x"), index: 0, value: 1, tokens: 1, seconds: 1 }]);
    const info = await pool.info();
    const told = info.pools.find((p) => p.key.dataset === "told");
    expect(told).toMatchObject({ key, problems: 2, samples: 8, tokens: 29, rewards: [{ model: MODEL, count: 1 }] });
    expect(info.bytes).toBeGreaterThan(1e6);
  });
});

it("keeps and finds nothing of a model whose weights no file holds", async () => {
  const key = { ...KEY, model: { ...MODEL, revision: `${IN_MEMORY}0f3a:1` } };
  const refused = "model-in-memory: The pool keeps nothing of a model whose weights are in memory only. Received: toy.";
  await expect(append("in memory", 0, 4, key)).rejects.toThrow(refused);
  await expect(pool.samples(key, [promptOf("in memory")], 4)).rejects.toThrow(refused);
  const embedding = { promptHash: promptOf("in memory").promptHash, vector: Float32Array.of(1), tokens: 1 };
  await expect(pool.appendEmbeddings(key.model, [embedding])).rejects.toThrow(refused);
  await append("stored", 0, 4);
  const reward = { ...promptOf("stored"), index: 0, value: 1, tokens: 9, seconds: 0 };
  await expect(pool.appendRewards(KEY, key.model, [reward])).rejects.toThrow(refused);
});
