import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Dataset } from "@touchstone/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesOf, loadDataset, readManifest } from "../src/index.ts";

const DATA = resolve(import.meta.dirname, "../../../../shared/data");
const DATASETS = resolve(import.meta.dirname, "../../../datasets");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-shared-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The dataset as a download would have left it: the manifest's own paths lead to the files in `../shared/data`. */
async function asPulled(name: string, home: string, nameOf: (path: string) => string = basename): Promise<Dataset> {
  const cache = join(folder, name);
  for (const { path } of filesOf(await readManifest(join(DATASETS, `${name}.json`)))) {
    const link = join(cache, name, path);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(DATA, home, nameOf(path)), link);
  }
  return loadDataset(DATASETS, name, { cache });
}

/** The manifest with other files and what else differs of a copy: as a user would write it. */
async function asCopied(name: string, changes: Readonly<Record<string, unknown>>): Promise<Dataset> {
  const { download: _from, pinned: _pinned, ...own } = await readManifest(join(DATASETS, `${name}.json`));
  const path = join(folder, `${name}-copy.json`);
  await writeFile(path, JSON.stringify({ ...own, ...changes }));
  return loadDataset(DATASETS, path);
}

const lines = async <T>(path: string): Promise<readonly T[]> =>
  (await readFile(join(DATA, path), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

/** Grades of the responses in the order of the test problems. */
function grades({ problems, extractor, grader }: Dataset, responses: readonly string[]): readonly number[] {
  const list = problems("test");
  expect(responses).toHaveLength(list.length);
  return list.map((problem, i) => grader.grade(problem, responses[i]!, extractor.extract(responses[i]!)));
}

/** Loading has held every reference against what the grader can read: there is none that it cannot. */
describe.skipIf(!existsSync(DATA))("all records (skipped where ../shared/data is not there)", () => {
  test("GSM8K: 7,473 train and 1,319 test problems; their own solutions are right", async () => {
    const dataset = await asPulled("gsm8k", "gsm8k");
    expect(dataset.problems("test")).toHaveLength(1319);
    expect(dataset.problems("train").length + dataset.problems("validation").length).toBe(7473);
    // A share of .1 of 7,473: 747, with a standard deviation of 26.
    expect(Math.abs(dataset.problems("validation").length - 747)).toBeLessThan(3 * 26);
    expect(dataset.problems("train").every(({ split }) => split === "train")).toBe(true);
    const solutions = (await lines<{ answer: string }>("gsm8k/test.jsonl")).map(({ answer }) => answer);
    expect(grades(dataset, solutions)).toEqual(solutions.map(() => 1));
  });

  test("GSM-Symbolic P2: 2,500 problems of 50 templates; their own solutions are right", async () => {
    const dataset = await asPulled("gsm-symbolic-p2", "gsm_symbolic", (path) => path);
    expect(new Set(dataset.problems("test").map(({ cluster }) => cluster)).size).toBe(50);
    const records = await lines<{ answer: string }>("gsm_symbolic/generated_data/GSM_p2.jsonl");
    expect(
      grades(
        dataset,
        records.map(({ answer }) => answer),
      ),
    ).toEqual(Array.from({ length: 2500 }, () => 1));
  });

  test("MATH-500: 500 problems; their own solutions are right", async () => {
    const dataset = await asPulled("math500", "math500");
    const records = await lines<{ solution: string }>("math500/MATH500.jsonl");
    const found = grades(
      dataset,
      records.map(({ solution }) => solution),
    );
    expect(found).toHaveLength(500);
    expect(found.filter((grade) => grade === 1)).toHaveLength(500);
  });

  test("IFEval: 541 requests of 25 types of instructions, strict and loose on the same ones", async () => {
    const dataset = await asPulled("ifeval", "ifeval");
    expect(dataset.problems("test")).toHaveLength(541);
    const types = dataset
      .problems("test")
      .flatMap(({ reference }) => (JSON.parse(reference) as { id: string }[]).map(({ id }) => id));
    expect(new Set(types).size).toBe(25);
    const loose = await asPulled("ifeval-loose", "ifeval");
    expect(loose.problems("test")).toEqual(dataset.problems("test"));
    expect(loose.version).not.toBe(dataset.version);
  });

  test("MMLU-Redux: 5,330 of 5,700 questions without a fault, in 57 subjects; the right letter is right", async () => {
    const dataset = await asPulled("mmlu-redux", "mmlu_redux");
    const problems = dataset.problems("test");
    expect(problems).toHaveLength(5330);
    expect(new Set(problems.map(({ cluster }) => cluster)).size).toBe(57);
    expect(
      grades(
        dataset,
        problems.map(({ reference }) => `The answer is ${reference}.`),
      ).every((grade) => grade === 1),
    ).toBe(true);
    expect(problems.filter(({ messages }) => !/\n\nA\. .*\nB\. .*\nC\. .*\nD\. /s.test(messages[0]!.content))).toEqual(
      [],
    );
    // Of the one file that is not UTF-8.
    expect(problems.some(({ messages }) => messages[0]!.content.includes("slapped my sister’s head"))).toBe(true);
  });

  test("TruthfulQA: 817 questions, 790 of the later version; the true answer comes first nowhere near always", async () => {
    const dataset = await asPulled("truthfulqa", "truthfulqa", (path) => path);
    const later = await asCopied("truthfulqa", {
      splits: { test: { path: join(DATA, "truthfulqa/data/mc_task.json") } },
    });
    expect(dataset.problems("test")).toHaveLength(817);
    expect(later.problems("test")).toHaveLength(790);
    for (const { problems } of [dataset, later]) {
      const first = problems("test").filter(({ reference }) => reference === "A").length / problems("test").length;
      // One of 4.9 options on average.
      expect(first).toBeGreaterThan(0.15);
      expect(first).toBeLessThan(0.3);
    }
    expect(
      grades(
        dataset,
        dataset.problems("test").map(({ reference }) => `(${reference})`),
      ).every((grade) => grade === 1),
    ).toBe(true);
  });

  test("by log-likelihood: TruthfulQA's MC1 and MC2, CommonsenseQA and ARC give all options, and which of them are right", async () => {
    const rights = (dataset: Dataset) =>
      dataset.problems("test").map(({ reference }) => (JSON.parse(reference) as { correct: number[] }).correct.length);
    const one = await asPulled("truthfulqa-mc1", "truthfulqa", (path) => path);
    const several = await asPulled("truthfulqa-mc2", "truthfulqa", (path) => path);
    expect([rights(one).length, rights(several).length]).toEqual([817, 817]);
    expect(new Set(rights(one))).toEqual(new Set([1]));
    expect(Math.max(...rights(several))).toBeGreaterThan(1);
    const common = await asPulled("commonsenseqa-likelihood", "commonsenseqa", () => "dev_rand_split.jsonl");
    const arc = await asCopied("arc-challenge-likelihood", {
      splits: { test: { path: join(DATA, "arc_challenge/test_head400.jsonl"), problems: 400 } },
    });
    expect([rights(common).length, rights(arc).length]).toEqual([1221, 400]);
    const { messages, reference } = common.problems("test")[0]!;
    expect(messages[0]!.content).toMatch(/^A revolving door is convenient .*\?$/);
    expect(JSON.parse(reference)).toMatchObject({
      choices: ["bank", "library", "department store", "mall", "new york"],
      correct: [0],
    });
  });

  test("StrategyQA: 2,290 questions, 1,071 of them yes, in three splits; the development split by a mapping of a user's own", async () => {
    const dataset = await asPulled("strategyqa", "strategyqa", () => "StrategyQA_bigbench.json");
    const all = dataset.splits.flatMap((split) => dataset.problems(split));
    expect([all.length, all.filter(({ reference }) => reference === "yes").length]).toEqual([2290, 1071]);
    // Shares of .7, .1 and .2; their standard deviations are below .01.
    for (const [split, share] of [
      ["train", 0.7],
      ["validation", 0.1],
      ["test", 0.2],
    ] as const) {
      expect(Math.abs(dataset.problems(split).length / 2290 - share)).toBeLessThan(0.03);
    }
    const answers = dataset.problems("test").map(({ reference }) => `The answer is ${reference}.`);
    expect(grades(dataset, answers).every((grade) => grade === 1)).toBe(true);
    const development = await asCopied("strategyqa", {
      records: undefined,
      splits: { test: { path: join(DATA, "strategyqa/dev.json"), problems: 229 } },
      fields: { id: "qid", prompt: "question", reference: { path: "answer", map: { true: "yes", false: "no" } } },
    });
    expect(development.problems("test")[0]).toMatchObject({ id: "e0044a7b4d146d611e73", reference: "no" });
  });

  test("CommonsenseQA: 1,221 questions with five options; the right letter is right", async () => {
    const dataset = await asPulled("commonsenseqa", "commonsenseqa", () => "dev_rand_split.jsonl");
    const references = dataset.problems("test").map(({ reference }) => reference);
    const records = await lines<{ answerKey: string }>("commonsenseqa/dev_rand_split.jsonl");
    expect(references).toEqual(records.map(({ answerKey }) => answerKey));
    expect(
      grades(
        dataset,
        references.map((letter) => `**${letter}**`),
      ),
    ).toEqual(Array.from({ length: 1221 }, () => 1));
  });

  test("ARC-Challenge: the first 400 test questions, of which two have three options", async () => {
    const dataset = await asCopied("arc-challenge", {
      splits: { test: { path: join(DATA, "arc_challenge/test_head400.jsonl"), problems: 400 } },
    });
    const problems = dataset.problems("test");
    const records = await lines<{ answerKey: string }>("arc_challenge/test_head400.jsonl");
    expect(problems.map(({ reference }) => reference)).toEqual(records.map(({ answerKey }) => answerKey));
    expect(problems.filter(({ messages }) => !messages[0]!.content.includes("\nD. "))).toHaveLength(2);
  });

  test("LongBench: 16 questions on one document and 33 on several; every accepted answer has an F1 of 1", async () => {
    for (const [name, count, tasks] of [
      ["longbench-mini-single", 16, 2],
      ["longbench-mini-multi", 33, 3],
    ] as const) {
      const dataset = await asPulled(name, "longbench_mini");
      const problems = dataset.problems("test");
      expect([problems.length, new Set(problems.map(({ cluster }) => cluster)).size]).toEqual([count, tasks]);
      for (const problem of problems) {
        for (const answer of JSON.parse(problem.reference) as string[]) {
          expect([problem.id, dataset.grader.grade(problem, answer, dataset.extractor.extract(answer))]).toEqual([
            problem.id,
            1,
          ]);
        }
      }
    }
  });

  test("LongBench's prompts of the tasks that MiniLongBench carries as they are stand in the manifests of LongBench itself", async () => {
    for (const name of ["longbench-single", "longbench-multi"]) {
      const manifest = await readManifest(join(DATASETS, `${name}.json`));
      for (const { values } of filesOf(manifest)) {
        const { task, before, between, after } = values as Readonly<Record<string, string>>;
        // Not there, and there with the prompt of another task.
        if (task === "narrativeqa" || task === "qasper") continue;
        const carried = JSON.parse(
          await readFile(join(DATA, `longbench_mini/MiniLongBench_${task}.json`), "utf8"),
        ) as Record<string, { origin_prompt: string }>;
        for (const { origin_prompt: prompt } of Object.values(carried)) {
          expect(prompt.startsWith(before!)).toBe(true);
          const question = prompt.slice(prompt.lastIndexOf(between!) + between!.length);
          expect(prompt.lastIndexOf(between!)).toBeGreaterThan(before!.length);
          expect(question).toMatch(/^[^\n]+\nAnswer:$/);
          expect(question.endsWith(after!)).toBe(true);
        }
      }
    }
  });

  test("AlpacaEval, Arena-Hard: 805 and 500 requests; nothing there can be graded", async () => {
    const alpaca = await asPulled("alpaca-eval", "alpaca_eval", () => "gpt4_1106_preview_model_outputs.json");
    const arena = await asPulled("arena-hard", "arena_hard_prompts");
    expect([alpaca.problems("test").length, arena.problems("test").length]).toEqual([805, 500]);
    expect(new Set(arena.problems("test").map(({ cluster }) => cluster)).size).toBe(250);
    for (const dataset of [alpaca, arena]) {
      expect(
        grades(
          dataset,
          dataset.problems("test").map(() => "Yes."),
        ).every(Number.isNaN),
      ).toBe(true);
    }
  });

  test("HH-RLHF: 2,312 conversations that end with what a person asks", async () => {
    const dataset = await asPulled("hh-rlhf", "hh_rlhf", (path) => path);
    const problems = dataset.problems("test");
    expect(problems).toHaveLength(2312);
    for (const { id, messages } of problems) {
      const roles = messages.map(({ role }) => role);
      expect([id, roles]).toEqual([id, roles.map((_, i) => (i % 2 === 0 ? "user" : "assistant"))]);
      expect([id, roles.at(-1)]).toEqual([id, "user"]);
    }
    // 662 transcripts have one turn of a person.
    expect(problems.filter(({ messages }) => messages.length === 1).length).toBeGreaterThanOrEqual(662);
  });

  test("PKU-SafeRLHF: 500 pairs on 367 questions, in the form of a second hand", async () => {
    const dataset = await asCopied("pku-saferlhf", {
      splits: {
        test: { path: join(DATA, "pku_saferlhf_slice/pairs_head500.jsonl"), problems: 500, values: { model: "pair" } },
      },
    });
    expect(new Set(dataset.problems("test").map(({ cluster }) => cluster)).size).toBe(367);
  });
});
