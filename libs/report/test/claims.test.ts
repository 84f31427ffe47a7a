import { expect, test } from "vitest";
import { claimLine, claimsCsv, claimsMarkdown, readClaims, type ClaimRow } from "../src/index.ts";

const row = (changes: Partial<ClaimRow> = {}): ClaimRow => ({
  claim: "a-1",
  paper: "A",
  ours: false,
  sentence: "It is better.",
  comparison: "one against the other",
  metric: "accuracy",
  delta: 0.01,
  level: false,
  place: "arith, arith-good",
  planted: "",
  verdict: "reproduced",
  reason: "",
  smaller_than_delta: false,
  p_value: 0.001,
  p_adjusted: 0.003,
  needed: null,
  row: "validation",
  decides: true,
  part: 1,
  left: "one at 4",
  right: "other at 4",
  left_mean: 0.75,
  right_mean: 0.5,
  effect: 0.25,
  standard_error: 0.05,
  ci_low: 0.15,
  ci_high: 0.35,
  n: 400,
  unit: "problems",
  table_sha256: "0".repeat(64),
  ...changes,
});

test("claims.csv reads back as it was written", () => {
  const rows = [
    row(),
    row({
      claim: "a-2",
      verdict: "not run here",
      reason: "needs training: why",
      effect: null,
      n: null,
      unit: "",
      row: "",
    }),
  ];
  expect(readClaims("claims.csv", claimsCsv(rows))).toEqual(rows);
});

test("a verdict is printed with effect, interval, sample size, and what has to be known beside it", () => {
  expect(claimLine(row())).toBe("a-1 (arith, arith-good): reproduced. +0.2500 [+0.1500, +0.3500]");
  const open = row({
    verdict: "undecided",
    effect: -0.002,
    ci_low: -0.012,
    ci_high: 0.008,
    needed: 9000,
    planted: "Flaw.",
  });
  expect(claimLine(open)).toBe(
    "a-1 (arith, arith-good, planted flaw): undecided, 9000 problems would decide it. −0.0020 [−0.0120, +0.0080]",
  );
  expect(claimLine(row({ effect: -1e-9 }))).toContain("reproduced. 0.0000 [");
  expect(claimLine(row({ smaller_than_delta: true, p_adjusted: 0.04 }))).toContain(
    "reproduced, smaller than 0.01; does not hold against all claims of the paper (Holm, p = 0.040)",
  );
});

test("the page has a table a paper, and the row that does not decide below the one that does", () => {
  const page = claimsMarkdown([
    row(),
    row({ row: "comparison", decides: false, effect: 0 }),
    row({ paper: "B", ours: true }),
  ]);
  const lines = page.split("\n");
  expect(lines.filter((line) => line.startsWith("### "))).toEqual(["### A", "### B"]);
  expect(lines[4]).toBe(
    "| a-1 | It is better. | arith, arith-good | **reproduced** | +0.2500 [+0.1500, +0.3500] | 400 problems | one at 4 0.750 − other at 4 0.500 |",
  );
  expect(lines[5]).toContain("|  |  | arith, arith-good | (as the paper or the comparison has it) | 0.0000 [");
  expect(page).toContain("It is better. (ours)");
});
