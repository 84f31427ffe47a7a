import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPool } from "../src/index.ts";
import type { ContinuationAppend, ContinuationKey, Pool } from "../src/index.ts";
import { continuationOf, KEY, MODEL, promptOf, samplesOf, temporaryFolder } from "./fixtures.ts";

const folder = temporaryFolder();
let pool: Pool;
beforeAll(async () => {
  pool = await openPool(join(folder.path, "pool"));
}, 240_000);
afterAll(async () => {
  await pool.close();
  folder[Symbol.dispose]();
});

const judge = { ...MODEL, name: "judge", revision: "e".repeat(64) };

it("continuations come back as they were drawn, each to its own key, in the order asked for", async () => {
  const rows = ["a", "b"].flatMap((problem) => [0, 1, 2].map((step) => continuationOf(problem, step)));
  await pool.appendContinuations(KEY, rows);
  const absent: ContinuationKey = { ...rows[0]!, step: 7 };
  const found = await pool.continuations(KEY, [rows[4]!, absent, rows[0]!, rows[4]!]);
  const stored = ({ sample, promptTokens, seconds }: ContinuationAppend) => ({ sample, promptTokens, seconds });
  expect(found).toEqual([stored(rows[4]!), undefined, stored(rows[0]!), stored(rows[4]!)]);
});

it("continuations keep texts that SQL finds hard, and numbers that JSON lacks", async () => {
  const row = continuationOf("hard", 0);
  const text = "a\u0000b \ud800 'x' \"y\" \\ \\u0000 \n\t 🧮 {null}";
  row.sample.statistics.entropy.set([Number.NaN, Number.NEGATIVE_INFINITY]);
  await pool.appendContinuations(KEY, [{ ...row, sample: { ...row.sample, text }, seconds: Number.NaN }]);
  expect(await pool.continuations(KEY, [row])).toEqual([
    { sample: { ...row.sample, text }, promptTokens: 9, seconds: Number.NaN },
  ]);
});

it("continuations that look like JSON stay texts", async () => {
  const texts = ["42", "true", "null", '"quoted"', "{}", "[1]", ""];
  const rows = texts.map((text, step) => {
    const row = continuationOf("json", step);
    return { ...row, sample: { ...row.sample, text } };
  });
  await pool.appendContinuations(KEY, rows);
  const found = await pool.continuations(KEY, rows);
  expect(found.map((row) => row!.sample.text)).toEqual(texts);
});

it("continuations differ by prefix, step, index, problem, prompt and draw, and are never rewritten", async () => {
  const row = continuationOf("key", 3);
  await pool.appendContinuations(KEY, [row]);
  await pool.appendContinuations(KEY, [{ ...row, sample: { ...row.sample, text: "changed" } }]);
  const others: ContinuationKey[] = [
    { ...row, prefix: row.prefix.slice(0, -1) },
    { ...row, prefix: Int32Array.from([...row.prefix, 0]) },
    { ...row, step: 4 },
    { ...row, index: 1 },
    { ...row, problem: "other" },
    { ...row, promptHash: promptOf("key", "Reworded?").promptHash },
  ];
  expect(await pool.continuations(KEY, others)).toEqual(others.map(() => undefined));
  const line = { ...KEY, decoding: { ...KEY.decoding, stop: ["\n"] } };
  expect(await pool.continuations(line, [row])).toEqual([undefined]);
  expect((await pool.continuations(KEY, [row]))[0]!.sample.text).toBe(row.sample.text);
  const renamed = { ...KEY, model: { ...MODEL, name: "renamed" } };
  expect((await pool.continuations(renamed, [row]))[0]!.sample).toEqual(row.sample);
});

it("rewards by content are found by prompt, text and whether it was unfinished, for each reward model", async () => {
  const { promptHash } = promptOf("r");
  const odd = "a\u0000 \ud800";
  const rows = [
    { promptHash, text: "12 + 5", partial: true, value: -1.5, tokens: 9, seconds: 0.25 },
    { promptHash, text: "12 + 5", partial: false, value: Number.NaN, tokens: 0, seconds: Number.NaN },
    { promptHash, text: odd, partial: false, value: 2, tokens: 3, seconds: 0 },
  ];
  await pool.appendContentRewards(judge, rows);
  await pool.appendContentRewards(judge, [{ ...rows[0]!, value: 99 }]);
  const wanted = [rows[2]!, { ...rows[2]!, text: "a\u0000 \ud801" }, rows[0]!, rows[1]!];
  expect(await pool.contentRewards(judge, wanted)).toEqual([
    { value: 2, tokens: 3, seconds: 0 },
    undefined,
    { value: -1.5, tokens: 9, seconds: 0.25 },
    { value: Number.NaN, tokens: 0, seconds: Number.NaN },
  ]);
  expect(await pool.contentRewards(MODEL, [rows[0]!])).toEqual([undefined]);
  expect(await pool.contentRewards(judge, [{ ...rows[0]!, promptHash: "other" }])).toEqual([undefined]);
});

it("embeddings are kept to the bit, by policy and prompt", async () => {
  const hashes = Array.from({ length: 1500 }, (_, i) => promptOf(`e${i}`).promptHash);
  const vectorOf = (i: number) => Float32Array.of(i / 3, -i, Number.MIN_VALUE);
  await pool.appendEmbeddings(
    MODEL,
    hashes.map((promptHash, i) => ({ promptHash, vector: vectorOf(i), tokens: i })),
  );
  const found = await pool.embeddings(MODEL, ["absent", ...hashes]);
  expect(found.size).toBe(1500);
  expect(found.get(hashes[700]!)).toEqual({ vector: vectorOf(700), tokens: 700 });
  expect(await pool.embeddings(judge, hashes)).toEqual(new Map());
});

it("what follows a sample's last token is kept beside stored samples only", async () => {
  const samples = samplesOf("last", 0, 4);
  await pool.appendSamples(KEY, [{ ...promptOf("last"), promptTokens: 9, samples, seconds: 1 }]);
  const row = (index: number) => ({ ...promptOf("last"), index, selfCertainty: index / 8, tokens: 10, seconds: 0.5 });
  await pool.appendAfterLast(KEY, [row(0), row(2)]);
  const columns = (await pool.afterLast(KEY, [promptOf("last"), promptOf("absent")], 3)).get("last")!;
  expect(columns).toEqual({
    problem: "last",
    size: 3,
    present: Uint8Array.of(1, 0, 1),
    selfCertainty: Float64Array.of(0, Number.NaN, 0.25),
    tokens: Int32Array.of(10, 0, 10),
    seconds: Float64Array.of(0.5, Number.NaN, 0.5),
  });
  await expect(pool.appendAfterLast(KEY, [row(1), row(9)])).rejects.toMatchObject({ code: "unknown-sample" });
  expect((await pool.afterLast(KEY, [promptOf("last")], 3)).get("last")!.present).toEqual(Uint8Array.of(1, 0, 1));
});

it("nothing asked for, and nothing given, is nothing", async () => {
  await pool.appendContinuations(KEY, []);
  await pool.appendContentRewards(judge, []);
  await pool.appendEmbeddings(MODEL, []);
  await pool.appendAfterLast(KEY, []);
  expect(await pool.continuations(KEY, [])).toEqual([]);
  expect(await pool.contentRewards(judge, [])).toEqual([]);
  expect(await pool.embeddings(MODEL, [])).toEqual(new Map());
});

it("continuations are told in the summary of their draw", async () => {
  const key = { ...KEY, dataset: "told" };
  await pool.appendContinuations(key, [continuationOf("t", 0), continuationOf("t", 1)]);
  const told = (await pool.info()).pools.find((p) => p.key.dataset === "told");
  expect(told).toMatchObject({ problems: 1, samples: 0, continuations: 2 });
});
