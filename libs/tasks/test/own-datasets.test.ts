import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { parquetWriteFile } from "hyparquet-writer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDataset, parseManifest } from "../src/index.ts";
import { pythonTexts } from "../src/python-list.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-own-"));
});
afterEach(() => rm(folder, { recursive: true }));

const BASE = {
  name: "own",
  description: "Questions of my own.",
  fields: { prompt: "question", reference: "answer" },
  extractor: "last-number",
  grader: "exact-number",
};

async function write(name: string, content: string | Buffer): Promise<void> {
  await writeFile(join(folder, name), content);
}

/** Loads what a user wrote, as `--dataset path/to/own.json` does. */
async function load(file: string, changes: Readonly<Record<string, unknown>> = {}) {
  const manifest = { ...BASE, splits: { test: { path: file } }, ...changes };
  await write("own.json", JSON.stringify(manifest));
  return loadDataset("elsewhere", join(folder, "own.json"));
}

const QUESTIONS = [
  { question: "1 + 1?", answer: "2" },
  { question: "2 + 3?", answer: "5" },
];
const JSON_LINES = QUESTIONS.map((record) => `${JSON.stringify(record)}\n`).join("");

describe("a user's own dataset", () => {
  it.each([
    ["own.jsonl", JSON_LINES],
    ["own.jsonl.gz", gzipSync(JSON_LINES)],
    ["own-list.json", JSON.stringify(QUESTIONS)],
    ["own-list.json.gz", gzipSync(JSON.stringify(QUESTIONS))],
    ["own.csv", "question,answer\n1 + 1?,2\n2 + 3?,5\n"],
    ["own.csv.gz", gzipSync("question,answer\n1 + 1?,2\n2 + 3?,5\n")],
    ["own.jsonl in own.zip", zipSync({ "data/own.jsonl": Buffer.from(JSON_LINES), "other.txt": Buffer.from("?") })],
    ["own.tsv", "question\tanswer\n1 + 1?\t2\n2 + 3?\t5\n"],
  ])("is the same in %s", async (name, content) => {
    const [inside, file = name] = name.includes(".zip") ? ["data/own.jsonl", "own.zip"] : [undefined];
    await write(file, Buffer.from(content));
    const { problems } = await load(file, { splits: { test: { path: file, inside } } });
    expect(problems("test")).toEqual([
      {
        id: "test-0",
        messages: [{ role: "user", content: "1 + 1?" }],
        cluster: "test-0",
        split: "test",
        reference: "2",
      },
      {
        id: "test-1",
        messages: [{ role: "user", content: "2 + 3?" }],
        cluster: "test-1",
        split: "test",
        reference: "5",
      },
    ]);
  });

  it("is the same in Parquet", async () => {
    parquetWriteFile({
      filename: join(folder, "own.parquet"),
      columnData: [
        { name: "question", data: QUESTIONS.map(({ question }) => question) },
        { name: "answer", data: [2n, 5n], type: "INT64" },
        { name: "length", data: [6, 6] },
      ],
    });
    const { problems } = await load("own.parquet");
    expect(problems("test").map(({ reference }) => reference)).toEqual(["2", "5"]);
  });

  it("in Parquet may have nested options, and is refused where it lacks a column", async () => {
    parquetWriteFile({
      filename: join(folder, "own.parquet"),
      columnData: [
        { name: "question", data: ["Which?"] },
        { name: "choices", data: [{ text: ["one", "two", "three"], label: ["A", "B", "C"] }], type: "JSON" },
        { name: "key", data: ["C"] },
      ],
    });
    const changes = {
      options: { texts: "choices.text", labels: "choices.label", label: "key" },
      fields: { prompt: { template: "{question}\n{options}" } },
      extractor: "option-letter",
      grader: "option-letter",
    };
    expect((await load("own.parquet", changes)).problems("test")[0]).toMatchObject({
      messages: [{ content: "Which?\nA. one\nB. two\nC. three" }],
      reference: "C",
    });
    await expect(
      load("own.parquet", { ...changes, options: { ...changes.options, label: "answerKey" } }),
    ).rejects.toThrow(/^corrupt-problem: Row 1 of .*own\.parquet is not a problem: the field "answerKey" is missing/);
  });

  it("can be described in YAML, with a system prompt, examples and nested fields", async () => {
    await write("own.jsonl", '{"task":{"text":"2 + 3"},"gold":{"steps":"Five.\\n#### 5"},"source":{"book":7}}\n');
    await write(
      "own.yaml",
      `name: own
description: Questions of my own.
splits: { test: { path: own.jsonl } }
fields:
  prompt:
    system: Be brief.
    examples:
      - { user: "What is 1 + 1?", assistant: "#### 2" }
    template: "What is {task.text}?"
  reference: { path: gold.steps, after: "####" }
  cluster: { template: "book-{source.book}" }
extractor: numeric
grader: exact-number
`,
    );
    const { problems, licence } = await loadDataset("elsewhere", join(folder, "own.yaml"));
    expect(licence).toBe("not stated");
    expect(problems("test")).toEqual([
      {
        id: "test-0",
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "What is 1 + 1?" },
          { role: "assistant", content: "#### 2" },
          { role: "user", content: "What is 2 + 3?" },
        ],
        cluster: "book-7",
        split: "test",
        reference: "5",
      },
    ]);
  });

  it("can keep part of a split for choosing: whole clusters, the same ones when the file grows", async () => {
    const line = (i: number) => `${JSON.stringify({ question: `${i} + 0?`, answer: i, group: i % 40 })}\n`;
    const lines = (count: number) => Array.from({ length: count }, (_, i) => line(i)).join("");
    const changes = {
      fields: { ...BASE.fields, cluster: "group" },
      splits: { test: { path: "own.jsonl" }, validation: { of: "test", share: 0.25 } },
    };
    await write("own.jsonl", lines(200));
    const { problems } = await load("own.jsonl", changes);
    const clusters = (split: "test" | "validation", from = problems) =>
      new Set(from(split).map(({ cluster }) => cluster));
    expect(problems("test").length + problems("validation").length).toBe(200);
    expect([...clusters("test")].filter((cluster) => clusters("validation").has(cluster))).toEqual([]);
    expect(clusters("validation").size).toBeGreaterThan(3);
    expect(problems("validation").every(({ split }) => split === "validation")).toBe(true);
    await write("own.jsonl", lines(240));
    const grown = await load("own.jsonl", changes);
    expect(clusters("validation", grown.problems)).toEqual(clusters("validation"));
  });

  it("has another version when its prompt, its options or its choice of records change", async () => {
    await write("own.jsonl", JSON_LINES);
    const versions = [
      await load("own.jsonl"),
      await load("own.jsonl", { fields: { ...BASE.fields, prompt: { template: "Q: {question}" } } }),
      await load("own.jsonl", { keep: { answer: ["2", "5"] } }),
    ].map(({ version }) => version);
    expect(new Set(versions).size).toBe(3);
  });

  it("asks options in letters, and gives them whole where they are to be compared", async () => {
    await write("own.jsonl", '{"question":"Which?","texts":["one","two","three"],"labels":["1","2","3"],"key":"2"}\n');
    const options = { texts: "texts", labels: "labels", label: "key" };
    const letters = await load("own.jsonl", {
      options,
      fields: { prompt: { template: "{question}\n{options}" } },
      extractor: "option-letter",
      grader: "option-letter",
    });
    expect(letters.problems("test")[0]).toMatchObject({
      messages: [{ content: "Which?\nA. one\nB. two\nC. three" }],
      reference: "B",
    });
    const whole = await load("own.jsonl", {
      options: { ...options, reference: "choices" },
      fields: { prompt: "question" },
      extractor: "whole-text",
      grader: "no-gold",
    });
    expect(whole.problems("test")[0]!.reference).toBe('{"choices":["one","two","three"],"correct":[1]}');
  });
});

describe("one clear message", () => {
  it.each([
    [
      "a line that is not JSON",
      '{"question":"a","answer":1}\n{"question":\n',
      {},
      /^corrupt-problem: Line 2 of .*own\.jsonl is not a problem: it is not JSON \(/,
    ],
    [
      "a record without fields",
      "[1]\n",
      {},
      /^corrupt-problem: Line 1 of .* it is not an object with fields\. Received: \[1\]\. Correct that line,/,
    ],
    [
      "a missing field",
      '{"question":"a"}\n',
      {},
      /^corrupt-problem: Line 1 of .* the field "answer" is missing or not a text\. Received: \{"question":"a"\}/,
    ],
    [
      "a reference that cannot be graded",
      '{"question":"a","answer":"many"}\n',
      {},
      /^corrupt-problem: Line 1 of .* the reference is not a number/,
    ],
    [
      "a marker that is not there",
      '{"question":"a","answer":"5"}\n',
      { fields: { prompt: "question", reference: { path: "answer", after: "####" } } },
      /^corrupt-problem: Line 1 of .* the field "answer" has no "####"/,
    ],
    [
      "a value without a meaning",
      '{"question":"a","answer":"perhaps"}\n',
      { fields: { prompt: "question", reference: { path: "answer", map: { true: "1" } } } },
      /^corrupt-problem: Line 1 of .* the field "answer" is "perhaps", which is none of true/,
    ],
    [
      "an option that is none",
      '{"question":"a","o":["x","y"],"answer":"C"}\n',
      { options: { texts: "o", label: "answer" }, fields: { prompt: "question" } },
      /^corrupt-problem: Line 1 of .* the label "C" is none of A, B/,
    ],
    [
      "a place that is none",
      '{"question":"a","o":["x","y"],"answer":2}\n',
      { options: { texts: "o", index: "answer" }, fields: { prompt: "question" } },
      /^corrupt-problem: Line 1 of .* the field "answer" is no place among 2 options/,
    ],
    [
      "a transcript that is none",
      '{"question":"Hello","answer":2}\n',
      { fields: { prompt: { transcript: "question" } } },
      /^corrupt-problem: Line 1 of .* it is no transcript of Human and Assistant/,
    ],
  ])("for %s", async (_, content, changes, message) => {
    await write("own.jsonl", content);
    await expect(load("own.jsonl", changes)).rejects.toThrow(message);
  });

  it("for a row of a CSV file, a file that is no gzip, and one that is cut", async () => {
    await write("own.csv", "question,answer\n1 + 1?,2\n2 + 3?,many\n");
    await expect(load("own.csv")).rejects.toThrow(
      /^corrupt-problem: Line 3 of .*own\.csv is not a problem: the reference is not a number/,
    );
    await write("own.jsonl.gz", "plain");
    await expect(load("own.jsonl.gz")).rejects.toThrow(
      /^unreadable-dataset: The file of the test split of own cannot be read: incorrect header check/,
    );
    await write("cut.jsonl.gz", gzipSync(JSON_LINES).subarray(0, 40));
    await expect(load("cut.jsonl.gz")).rejects.toThrow(/^(unreadable-dataset|corrupt-problem): /);
    await write("own.parquet", "PAR1");
    await expect(load("own.parquet")).rejects.toThrow(/^unreadable-dataset: /);
  });

  it("for another content than the checksum says, a wrong count, an ending nobody reads, and no file", async () => {
    await write("own.jsonl", JSON_LINES);
    const splits = (part: object) => ({ splits: { test: { path: "own.jsonl", ...part } } });
    await expect(load("own.jsonl", splits({ sha256: "0".repeat(64) }))).rejects.toThrow(
      /^checksum-mismatch: .*own\.jsonl is not the file that its manifest describes: sha256 should be 0{64}\./,
    );
    await expect(load("own.jsonl", splits({ problems: 3 }))).rejects.toThrow(
      /^corrupt-manifest: The manifest counts 3 problems in .*own\.jsonl\. Received: 2\./,
    );
    await write("own.zip", Buffer.from(zipSync({ "own.jsonl": Buffer.from(JSON_LINES) })));
    await expect(load("own.zip", { splits: { test: { path: "own.zip", inside: "mine.jsonl" } } })).rejects.toThrow(
      /^unreadable-dataset: .* the archive has no file mine\.jsonl/,
    );
    await write("own.txt", JSON_LINES);
    await expect(load("own.txt")).rejects.toThrow(/^unreadable-dataset: .* its ending is none of \.jsonl, /);
    await expect(load("nowhere.jsonl")).rejects.toThrow(/^missing-file: Cannot read the test split of own \(ENOENT\)/);
  });

  it.each([
    ["an unknown grader", { grader: "exactly" }, /^corrupt-manifest: .*grader/],
    ["a path that is none", { fields: { prompt: "a[", reference: "b" } }, /^corrupt-manifest: .*is not a path/],
    [
      "a split of a split that is not there",
      { splits: { validation: { of: "train", share: 0.5 } } },
      /^corrupt-manifest: .*must name a split that has files/,
    ],
    [
      "a download without checksums",
      { download: { github: "a/b" }, splits: { test: { path: "x.jsonl" } } },
      /^corrupt-manifest: .*a downloaded file needs its `sha256`, or the manifest `pinned: first-pull`/,
    ],
    [
      "a download that would leave its folder",
      { download: { github: "a/b" }, pinned: "first-pull", splits: { test: { path: "../x.jsonl" } } },
      /^corrupt-manifest: .*must have a path within its source/,
    ],
  ])("for a manifest with %s", (_, changes, message) => {
    const text = JSON.stringify({ ...BASE, splits: { test: { path: "own.jsonl" } }, ...changes });
    expect(() => parseManifest(text, "own.json")).toThrow(message);
  });
});

it.each([
  ["['a', 'b']", ["a", "b"]],
  [String.raw`["it's", 'a "b"', 'c\'d']`, ["it's", 'a "b"', "c'd"]],
  [String.raw`['a\\b', 'line\nbreak', '\xa0\u2019']`, ["a\\b", "line\nbreak", "\u00A0’"]],
  ["[1, 2.5, True]", ["1", "2.5", "True"]],
  ["['a, b', ']']", ["a, b", "]"]],
  ["'a'", undefined],
  ["['a' 'b'", undefined],
])("the list %s as Python spells it", (literal, texts) => {
  // Python 3's ast.literal_eval gives the same for the first five.
  expect(pythonTexts(literal)).toEqual(texts);
});
