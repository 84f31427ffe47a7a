import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResultRow, RunResults } from "@touchstone/core";
import { afterAll, describe, expect, test, vi } from "vitest";
import {
  accuracyRow,
  disagreementRows,
  disagreements,
  firstOfEquals,
  outcomes,
  readOpenr,
  REAL_POOLS,
  ruleRows,
  RULES,
} from "../scripts/real-pools.ts";
import { DATA, hasData, importReal, runReal } from "../scripts/run-real-pools.ts";
import { ROOT } from "../src/places.ts";

vi.setConfig({ testTimeout: 300_000 });

/** The other methods of the suites take minutes; `npm run real-pools -w @touchstone/runner` runs them all. */
const METHODS = "--methods=single-sample,majority-vote,best-of-n,weighted-vote";

const folder = mkdtempSync(join(tmpdir(), "touchstone-real-pools-"));
const page = readFileSync(join(ROOT, "docs", "real-pools.md"), "utf8").replaceAll(/ +/g, " ");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(name: string, ...flags: readonly string[]): Promise<RunResults> {
  importReal(name, folder);
  return runReal(name, folder, ...flags);
}

function accuracy({ results }: RunResults, method: string, budget: number): number {
  const found = results.find((row) => row.metric === "accuracy" && row.method === method && row.budget === budget);
  return found!.estimate!;
}

/** Whether the page's table of that name has the rows of these results. */
function expectOnPage(name: string, results: readonly ResultRow[]): void {
  const table = page.split(`<!-- ${name} -->`)[1]!.split(`<!-- /${name} -->`)[0]!;
  const rows = results.filter(({ metric }) => metric === "accuracy");
  for (const [method, cells] of Map.groupBy(rows, (row) => row.method)) {
    expect(table).toContain(accuracyRow(method, cells));
  }
}

describe.skipIf(!hasData)("on what others sampled and recorded (skipped where ../shared/data is not there)", () => {
  test("five selection rules on MATH-500 come to their recorded outcomes, and every difference is known", async () => {
    const { questions } = await run("math500-openr", METHODS, "--budgets=4", "--reward-model=prm@min,prm@last");
    const problems = readOpenr(DATA);
    for (const rule of RULES) {
      const ours = outcomes(rule, questions);
      expect(ours.size).toBe(500);
      const difference = problems.reduce((sum, { id, recorded }) => sum + ours.get(id)! - recorded[rule], 0) / 500;
      expect(Math.abs(difference)).toBeLessThan(0.01);
    }
    // The first of equals is what the file's rules took; only one problem's grade is another.
    const others = RULES.flatMap((rule) =>
      problems.flatMap((problem) => (firstOfEquals(rule, problem) === problem.recorded[rule] ? [] : [problem.id])),
    );
    expect(others).toEqual(Array.from({ length: 5 }, () => "test/number_theory/516.json"));
    const found = disagreements(problems, questions);
    // A tie: its mean grade is neither 0 nor 1.
    const ties = found.filter(({ problem }) => problem.id !== "test/number_theory/516.json");
    expect(ties.filter(({ ours }) => ours === 0 || ours === 1)).toEqual([]);
    const rows = [...ruleRows(problems, questions), ...disagreementRows(found)].filter((row) => !row.includes("---"));
    expect(rows.filter((row) => !page.includes(row.replaceAll(/ +/g, " ")))).toEqual([]);
    expect(page.match(/^\| [a-z_]+\/\d+ \|/gm)).toHaveLength(disagreementRows(found).length - 2);
  });

  test("GSM8K gives the published .318 for one answer, .425 for the best of four, .555 for the oracle", async () => {
    const gsm8k = await run("gsm8k-overopt", METHODS);
    expect(accuracy(gsm8k, "single-sample", 1)).toBeCloseTo(0.318, 2.9);
    expect(accuracy(gsm8k, "best-of-n", 4)).toBeCloseTo(0.425, 3);
    expect(accuracy(gsm8k, "oracle", 4)).toBeCloseTo(0.555, 3);
    expectOnPage("gsm8k-overopt", gsm8k.results);
  });

  test("MATH gives .91 for one solution, .94 for the best of eight, .96 for the oracle", async () => {
    const qwen = await run("math-qwen", METHODS);
    expect(accuracy(qwen, "single-sample", 1)).toBeCloseTo(0.91, 3);
    expect(accuracy(qwen, "best-of-n", 8)).toBeCloseTo(0.94, 3);
    expect(accuracy(qwen, "oracle", 8)).toBeCloseTo(0.96, 3);
    expectOnPage("math-qwen", qwen.results);
  });

  test.each([
    ["game24-cot", 0.0403, 0.49],
    ["game24-standard", 0.0734, 0.33],
  ])("%s gives %f for one answer and %f for the oracle of a hundred", async (name, single, oracle) => {
    const puzzles = await run(name, "--methods=single-sample,majority-vote");
    expect(accuracy(puzzles, "single-sample", 1)).toBeCloseTo(single, 4);
    expect(accuracy(puzzles, "oracle", 100)).toBeCloseTo(oracle, 4);
    expectOnPage(name, puzzles.results);
  });

  test("AlpacaEval's models are samples: one at random has the mean preference of the first 56", async () => {
    const models = await run("alpaca-eval-models", "--methods=single-sample,best-of-n");
    const preferences = readFileSync(join(DATA, REAL_POOLS["alpaca-eval-models"]!), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { responses: { preference_weighted_gpt4_turbo: number }[] })
      .flatMap(({ responses }) => responses.slice(0, 56).map((one) => one.preference_weighted_gpt4_turbo - 1));
    const mean = preferences.reduce((sum, value) => sum + value, 0) / preferences.length;
    expect(accuracy(models, "random-choice", 56)).toBeCloseTo(mean, 10);
    expectOnPage("alpaca-eval-models", models.results);
  });
});
