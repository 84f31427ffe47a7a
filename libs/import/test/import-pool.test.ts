import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openPool, promptHash, type Pool } from "@touchstone/pool";
import { loadDataset } from "@touchstone/tasks";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importPool, listImports, RecordedLanguageModel, RecordedRewardModel } from "../src/index.ts";
import { Files, mapping } from "./files.ts";

const files = new Files();
let pool: Pool;
beforeAll(async () => {
  pool = await openPool(join(files.folder, "pool"));
});
afterAll(async () => {
  await pool.close();
  files[Symbol.dispose]();
});

const RECORDS = [
  { question: "1 + 1?", gold: "2", text: "It is 2.", rm: 0.5 },
  { question: "2 + 2?", gold: "4", text: "It is 5.", rm: -1 },
  { question: "1 + 1?", gold: "2", text: "Or 3.", rm: null },
  { question: "2 + 2?", gold: "4", text: "It is 4.0.", rm: 2 },
];
const MAPPING = mapping({ rewards: { rm: "rm" }, decoding: { temperature: 0.7, maxTokens: 8 } });

/** What the pool holds of an import's problem. */
async function stored(name: string, problem: string, prompt: string) {
  const imported = (await listImports(pool.folder)).find((one) => one.name === name)!;
  const { identity: model, decoding } = imported;
  const key = { model, decoding, dataset: name, seed: 0 };
  const wanted = [{ problem, promptHash: promptHash([{ role: "user", content: prompt }]) }];
  return {
    imported,
    samples: (await pool.samples(key, wanted, 100)).get(problem)!,
    rewards: imported.rewardModels[0] && (await pool.rewards(key, imported.rewardModels[0], wanted, 100)).get(problem)!,
    grades: async (grading: Parameters<Pool["grades"]>[1]) =>
      (await pool.grades(key, grading, wanted, 100)).get(problem)!,
  };
}

describe("the same four responses from every kind of file", () => {
  const csv = `question,gold,text,rm\n${RECORDS.map((r) => `${r.question},${r.gold},"${r.text}",${r.rm ?? ""}\n`).join("")}`;
  const parquet = () => {
    const column = (name: keyof (typeof RECORDS)[number]) => RECORDS.map((record) => record[name]);
    const text = (name: "question" | "gold" | "text") => ({ name, data: column(name), type: "STRING" as const });
    return new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          text("question"),
          text("gold"),
          text("text"),
          { name: "rm", data: column("rm"), type: "DOUBLE", nullable: true },
        ],
      }),
    );
  };
  test.each([
    ["jsonl", () => RECORDS.map((record) => JSON.stringify(record)).join("\n\n")],
    ["json", () => JSON.stringify(RECORDS)],
    ["csv", () => `\uFEFF${csv}`],
    ["tsv", () => csv.replaceAll(",", "\t")],
    ["parquet", parquet],
  ])("%s", async (ending, content) => {
    const name = `sums-${ending}`;
    await importPool(pool, name, files.write(`sums.${ending}`, content()), MAPPING);
    const { imported, samples, rewards } = await stored(name, "0", "1 + 1?");
    expect(imported).toMatchObject({ problems: 2, samples: 4, samplesPerProblem: { fewest: 2, most: 2 } });
    expect(imported.missingRewards).toEqual({ rm: 1 });
    expect(samples.text).toEqual(["It is 2.", "Or 3."]);
    expect([...rewards!.values]).toEqual([0.5, Number.NaN]);
    expect([...rewards!.present]).toEqual([1, 1]);
    const dataset = await loadDataset(imported.folder, imported.dataset);
    expect(dataset.problems("test").map(({ id, reference }) => [id, reference])).toEqual([
      ["0", "2"],
      ["1", "4"],
    ]);
  });
});

test("what is not recorded is unknown: no token, no log-probability; recorded lengths are counted, the cap cuts", async () => {
  const file = files.lines("lengths.jsonl", [
    { question: "q", gold: "1", text: "a", n: 3 },
    { question: "q", gold: "1", text: "b", n: 8 },
    { question: "q", gold: "1", text: "c" },
  ]);
  const counted = mapping({ response: { text: "text", tokens: "n" }, decoding: { maxTokens: 8 } });
  await importPool(pool, "lengths", file, counted);
  const { samples } = await stored("lengths", "0", "q");
  expect([...samples.tokens]).toEqual([3, 8, 0]);
  expect(samples.finish).toEqual(["end", "length", "end"]);
  for (const unknown of [samples.logProbability, samples.entropy, samples.selfCertainty]) {
    expect([...unknown]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  }
});

test("recorded answers and grades are in the pool, with answers in classes", async () => {
  const file = files.lines("graded.jsonl", [
    { id: "a", q: "half?", out: ["x", "y", "z"], pred: ["1/2", "0.5", ""], ok: [true, true, false] },
  ]);
  const recorded = mapping({
    problem: { id: "id", prompt: "q" },
    response: { text: "out[]", answer: "pred[]", correct: "ok[]" },
    extractor: "boxed",
    grader: "recorded",
  });
  await importPool(pool, "graded", file, recorded);
  const { imported, grades } = await stored("graded", "a", "half?");
  const { version } = await loadDataset(imported.folder, imported.dataset);
  const { answers, grades: values } = await grades({ extractor: "boxed", grader: "recorded", version });
  expect(answers).toEqual(["0.5", "0.5", null]);
  expect([...values]).toEqual([1, 1, 0]);
});

test("a record finds its match in another file by a field, or by the match's position", async () => {
  files.write("answers.csv", "question,answer\n1 + 1?,2\n2 + 2?,4\n");
  const file = files.lines("joined.jsonl", [
    { nr: 1, text: "4" },
    { nr: 0, text: "3" },
  ]);
  const map = mapping({
    join: { sum: { file: "answers.csv", on: "nr", equals: "$index" } },
    problem: { id: "nr", prompt: "sum.question", reference: "sum.answer" },
  });
  const { imported } = await importPool(pool, "joined", file, map);
  const dataset = await loadDataset(imported.folder, imported.dataset);
  expect(dataset.problems("test").map(({ id, reference }) => [id, reference])).toEqual([
    ["1", "4"],
    ["0", "2"],
  ]);
  const orphan = files.lines("orphan.jsonl", [{ nr: 2, text: "4" }]);
  await expect(importPool(pool, "orphan", orphan, map)).rejects.toThrow(
    /^bad-record: Line 1 of .*orphan\.jsonl cannot be imported: answers\.csv has no record with its "nr"\. Received: 2\. Correct the record, or the field in the mapping\.$/,
  );
});

test("importing again changes nothing; something else under the same name is refused", async () => {
  const file = files.lines("again.jsonl", RECORDS);
  const first = await importPool(pool, "again", file, MAPPING);
  const second = await importPool(pool, "again", file, MAPPING);
  expect([first.wasThere, second.wasThere]).toEqual([false, true]);
  expect(second.imported).toEqual(first.imported);
  files.lines("again.jsonl", RECORDS.slice(1));
  await expect(importPool(pool, "again", file, MAPPING)).rejects.toThrow(
    /^import-exists: Something else was imported under this name on \d{4}-\d\d-\d\d \(again\.jsonl\): the files or the mapping differ\. Received: again\. Choose another name/,
  );
});

test("an import that was cut off is none, and starts over", async () => {
  const file = files.lines("cut.jsonl", [...RECORDS, { question: "1 + 1?", text: "no gold" }]);
  await expect(importPool(pool, "cut", file, MAPPING)).rejects.toThrow(/^bad-record: Line 5 of .*"gold" is missing/);
  expect(existsSync(join(pool.folder, "imports", "cut"))).toBe(false);
  files.lines("cut.jsonl", RECORDS);
  const { imported } = await importPool(pool, "cut", file, MAPPING);
  expect(imported.samples).toBe(4);
});

test.each([
  ["a.txt", "", /^unreadable-import: The file cannot be read: its ending is none of \.jsonl, /],
  ["a.jsonl", "", /^nothing-imported: The file holds no record\./],
  ["b.jsonl", '{"question": 1', /^bad-record: Line 1 of .*b\.jsonl cannot be imported: it is not JSON \(/],
  [
    "c.jsonl",
    "[1]",
    /^bad-record: Line 1 of .*c\.jsonl cannot be imported: it is not an object with fields\. Received: \[1\]/,
  ],
  ["d.json", "{}", /^bad-record: Its content of .*d\.json cannot be imported: it is not a list of records/],
  ["e.csv", "question,gold\n1,2,3\n", /^unreadable-import: The file cannot be read: Invalid Record Length/],
  [
    "f.jsonl",
    '{"question":"q","gold":"1","text":"a"}\n{"question":"q","gold":"2","text":"a"}',
    /^bad-record: Line 2 of .*: its reference is not that of its problem's earlier records\. Received: 2\./,
  ],
])("%s with %j is refused in a sentence", async (name, content, message) => {
  await expect(importPool(pool, "refused", files.write(name, content), mapping())).rejects.toThrow(message);
});

test("a path at which no response has a reward is refused, and the corrected mapping can take the name", async () => {
  const file = files.lines("path.jsonl", RECORDS);
  await expect(importPool(pool, "path", file, mapping({ rewards: { rm: "mr" } }))).rejects.toThrow(
    "no-rewards: No response has a number where the mapping looks for the reward rm. Received: mr. " +
      "Correct the path under `rewards`, or leave rm out.",
  );
  const steps = mapping({ rewards: { prm: { steps: "steps", aggregate: ["min"] } } });
  await expect(importPool(pool, "path", file, steps)).rejects.toThrow(/^no-rewards: .* prm@min\. Received: steps\./);
  expect((await listImports(pool.folder)).map(({ name }) => name)).not.toContain("path");
  const { imported } = await importPool(pool, "path", file, MAPPING);
  expect(imported.missingRewards).toEqual({ rm: 1 });
});

test("a file that is not there is named", async () => {
  await expect(importPool(pool, "refused", join(files.folder, "no.jsonl"), MAPPING)).rejects.toThrow(
    /^unreadable-import: The file cannot be read \(ENOENT\)\. Received: .*no\.jsonl\./,
  );
});

test("recorded models draw and compute nothing, and say what there is", async () => {
  const { imported } = await importPool(pool, "models", files.lines("models.jsonl", RECORDS), MAPPING);
  const policy = new RecordedLanguageModel(imported);
  const reward = new RecordedRewardModel(imported, imported.rewardModels[0]!);
  const message =
    "recorded-only: models was imported, so nothing can be drawn or computed with it. " +
    "Received: more samples. It holds 2 samples of every problem, drawn with t=0.7,k=0,p=1,max=8 under seed 0. " +
    "Leave out methods that need more (greedy, or whatever continues a response), other decodings and other seeds.";
  expect(() => policy.sample()).toThrow(message);
  await expect(policy.score()).rejects.toThrow(/^recorded-only: .* log-probabilities\./);
  await expect(policy.embed()).rejects.toThrow(/^recorded-only: .* prompt embeddings\./);
  await expect(reward.reward()).rejects.toThrow(/^recorded-only: .* rewards of rm for other responses\./);
  expect(readFileSync(imported.dataset, "utf8")).toContain('"licence": "CC0-1.0"');
});

test("problems are split by shares under a fixed key, clusters whole, or as a field says", async () => {
  const records = Array.from({ length: 300 }, (_, i) => ({
    question: `q${i}`,
    gold: "1",
    text: "1",
    source: `s${i % 100}`,
    part: i === 0 ? "validation" : "test",
  }));
  const file = files.lines("split.jsonl", records);
  const problem = { id: "question", prompt: "question", reference: "gold", cluster: "source" };
  const byShare = mapping({ problem: { ...problem, split: { train: 0.3, validation: 0.2 } } });
  const { imported } = await importPool(pool, "shares", file, byShare);
  const { train = 0, validation = 0, test: rest = 0 } = imported.splits;
  expect(train + validation + rest).toBe(300);
  // Within four standard deviations of 100 clusters: sqrt(.3 * .7 * 100) * 3 problems.
  expect(Math.abs(train - 90)).toBeLessThan(4 * 3 * Math.sqrt(0.21 * 100));
  expect(Math.abs(validation - 60)).toBeLessThan(4 * 3 * Math.sqrt(0.16 * 100));
  const dataset = await loadDataset(imported.folder, imported.dataset);
  const splitOf = new Map<string, string>();
  for (const split of dataset.splits) {
    for (const { cluster } of dataset.problems(split)) {
      expect(splitOf.get(cluster) ?? split).toBe(split);
      splitOf.set(cluster, split);
    }
  }
  const byField = await importPool(pool, "field", file, mapping({ problem: { ...problem, split: "part" } }));
  expect(byField.imported.splits).toEqual({ validation: 1, test: 299 });
  const wrong = mapping({ problem: { ...problem, split: "source" } });
  await expect(importPool(pool, "wrong", file, wrong)).rejects.toThrow(
    /^bad-record: Line 1 of .*: its split is none of train, validation, test, shift\. Received: s0\./,
  );
});
