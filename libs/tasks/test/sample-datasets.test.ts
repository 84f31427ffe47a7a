import { readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Dataset } from "@touchstone/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadDataset, readManifest, type FilePart } from "../src/index.ts";

const DATASETS = resolve(import.meta.dirname, "../../../datasets");
const SAMPLES = join(DATASETS, "samples");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-samples-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The published manifest on the carried sample of its files: nothing else differs. */
async function sample(name: string, files: readonly Partial<FilePart>[]): Promise<Dataset> {
  const { download: _from, ...own } = await readManifest(join(DATASETS, `${name}.json`));
  const placed = files.map(({ path, ...rest }) => ({
    ...rest,
    path: join(SAMPLES, name.replace("-loose", ""), path!),
  }));
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify({ ...own, splits: { test: { files: placed } } }));
  return loadDataset(DATASETS, path);
}

async function records<T>(path: string): Promise<readonly T[]> {
  const lines = (await readFile(join(SAMPLES, path), "utf8")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}

function grades({ problems, extractor, grader }: Dataset, responses: readonly string[]): readonly number[] {
  return problems("test").map((problem, i) => grader.grade(problem, responses[i]!, extractor.extract(responses[i]!)));
}

describe("on the carried samples", () => {
  test("GSM8K's own solutions are right, and those of the next problem are not", async () => {
    const dataset = await sample("gsm8k", [{ path: "test.jsonl" }]);
    const solutions = (await records<{ answer: string }>("gsm8k/test.jsonl")).map(({ answer }) => answer);
    expect(grades(dataset, solutions)).toEqual(Array.from({ length: 40 }, () => 1));
    const next = [...solutions.slice(1), solutions[0]!];
    const same = dataset.problems("test").filter(({ reference }, i, all) => reference === all[(i + 1) % 40]!.reference);
    expect(grades(dataset, next).filter((grade) => grade === 1)).toHaveLength(same.length);
  });

  test("MATH-500's own solutions are right", async () => {
    const dataset = await sample("math500", [{ path: "test.jsonl" }]);
    const solutions = (await records<{ solution: string }>("math500/test.jsonl")).map(({ solution }) => solution);
    expect(grades(dataset, solutions)).toEqual(Array.from({ length: 40 }, () => 1));
    expect(dataset.problems("test")[0]!.messages[0]!.content).toContain(
      "Present the answer in LaTeX format, in \\boxed{}.",
    );
  });

  test("IFEval has all of its 25 types of instructions", async () => {
    const dataset = await sample("ifeval", [{ path: "input_data.jsonl" }]);
    const types = dataset
      .problems("test")
      .flatMap(({ reference }) => (JSON.parse(reference) as { id: string }[]).map(({ id }) => id));
    expect(new Set(types).size).toBe(25);
  });

  test("MMLU-Redux: commas and semicolons, UTF-8 and not, Python's lists, and only what is without a fault", async () => {
    const dataset = await sample("mmlu-redux", [
      { path: "mmlu_anatomy.csv", delimiter: ";", values: { subject: "anatomy" } },
      { path: "mmlu_college_mathematics.csv", values: { subject: "college_mathematics" } },
      { path: "mmlu_moral_scenarios.csv", encoding: "macintosh", values: { subject: "moral_scenarios" } },
    ]);
    const problems = dataset.problems("test");
    // Of the 20, 20 and 10 records, one of mathematics is not `ok`.
    expect(problems).toHaveLength(49);
    expect(problems[0]).toMatchObject({ id: "anatomy-0", cluster: "anatomy", reference: "D" });
    expect(problems[0]!.messages[0]!.content).toMatch(
      /^Which of the following is a disorder .*\?\n\nA\. Dyslexia\nB\. Epilepsy\nC\. Hydrocephalus\nD\. Narcolepsy\n\nThink step by step/,
    );
    expect(problems.some(({ messages }) => messages[0]!.content.includes("sister’s head"))).toBe(true);
  });

  test("TruthfulQA's options are the source's, in another order on the same letters every time", async () => {
    const dataset = await sample("truthfulqa", [{ path: "mc_task.json" }]);
    const source = JSON.parse(await readFile(join(SAMPLES, "truthfulqa/mc_task.json"), "utf8")) as {
      mc1_targets: Record<string, number>;
    }[];
    for (const [i, { messages, reference }] of dataset.problems("test").entries()) {
      const options = messages[0]!.content.split("\n").filter((line) => /^[A-Z]\. /.test(line));
      const { mc1_targets: marks } = source[i]!;
      expect(options.map((line) => line.slice(3)).toSorted()).toEqual(Object.keys(marks).toSorted());
      expect(marks[options.find((line) => line.startsWith(`${reference}. `))!.slice(3)]).toBe(1);
    }
    expect(new Set(dataset.problems("test").map(({ reference }) => reference)).size).toBeGreaterThan(2);
    expect((await sample("truthfulqa", [{ path: "mc_task.json" }])).problems("test")).toEqual(dataset.problems("test"));
  });

  test("HH-RLHF's conversations, gzipped, end with what a person asks", async () => {
    const dataset = await sample("hh-rlhf", [{ path: "test.jsonl.gz" }]);
    expect(dataset.problems("test").map(({ messages }) => messages.map(({ role }) => role).join(" "))).toEqual([
      "user",
      "user",
      "user",
      "user",
      "user",
      "user assistant user",
    ]);
  });

  test("Arena-Hard cannot be graded", async () => {
    const dataset = await sample("arena-hard", [{ path: "question.jsonl" }]);
    expect(
      grades(
        dataset,
        Array.from({ length: 20 }, () => "Yes."),
      ),
    ).toEqual(Array.from({ length: 20 }, () => Number.NaN));
  });
});
