import { readFileSync } from "node:fs";
import { join } from "node:path";
import { comparisonJsonSchema, contestantsOf, readComparison } from "@touchstone/experiments/post-training";
import { ESTIMATORS } from "@touchstone/runner/estimators";
import { expect, test } from "vitest";
import full from "../post-training-full.ts";
import quick from "../post-training-quick.ts";
import whole from "../post-training.ts";

const file = join(import.meta.dirname, "..", "post-training.schema.json");

test("the published schema is the one that comparisons are checked by (npm run schema -w @touchstone/experiment-files writes it)", () => {
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(comparisonJsonSchema())));
});

test("the built-in comparisons are valid, and only the quick one says that it decides nothing", () => {
  expect([quick, whole, full].map((one) => readComparison(one).smoke)).toEqual([true, false, false]);
});

test("every row fits the groups it is run at", () => {
  for (const one of [quick, whole, full]) {
    const comparison = readComparison(one);
    expect(contestantsOf(comparison, ESTIMATORS, () => "")).toHaveLength(comparison.rows.length);
  }
});

test("every registered estimator is in the whole comparison", () => {
  const named = whole.rows.flatMap((row) => ("estimator" in row ? [row.estimator] : []));
  expect(new Set(named)).toEqual(new Set(ESTIMATORS.map(({ name }) => name)));
});

test("rows that a claim compares have five seeds", () => {
  const five = readComparison(whole).rows.filter(({ seeds }) => seeds?.length === 5);
  expect(five.map((row) => ("estimator" in row ? row.estimator : row.rival))).toEqual(["tea", "grpo", "max-at-k"]);
});
