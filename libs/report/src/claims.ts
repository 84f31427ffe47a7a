import { allocationRow, type AllocationRow } from "@touchstone/core";
import { z } from "zod";
import { fromCsv, toCsv } from "./csv.ts";

const text = z.string();
const maybe = z.number().nullable();

/** claims.csv: one row an effect; a claim that was not run here has one row without an effect. */
export const claimRow = z.object({
  claim: text,
  paper: text,
  /** Whether the sentence is ours and not the paper's. */
  ours: z.boolean(),
  sentence: text,
  comparison: text,
  metric: text,
  delta: z.number(),
  /** Whether it says "at least level". */
  level: z.boolean(),
  /** World and reward model. */
  place: text,
  /** The deliberate flaw of the reward model; empty where there is none. */
  planted: text,
  verdict: z.enum(["reproduced", "not reproduced", "undecided", "descriptive", "not run here"]),
  reason: text,
  smaller_than_delta: z.boolean(),
  /** One-sided, and adjusted by Holm over all verdicts of the paper. */
  p_value: maybe,
  p_adjusted: maybe,
  /** Problems, batches or seeds that would decide an undecided claim. */
  needed: maybe,
  /** `validation`: with the parameters that validation chose; `comparison`: as the comparison or the paper has them. */
  row: z.enum(["validation", "comparison", ""]),
  /** Whether the verdict is of this row. */
  decides: z.boolean(),
  /** Part of a claim of several, from 1. */
  part: z.number().int(),
  left: text,
  right: text,
  left_mean: maybe,
  right_mean: maybe,
  /** left − right, signed so that the claim is positive. */
  effect: maybe,
  standard_error: maybe,
  ci_low: maybe,
  ci_high: maybe,
  n: maybe,
  /** What n counts and the interval is over. */
  unit: z.enum(["problems", "batches", "seeds", ""]),
  /** sha256 of all claims as data: the table by which the verdict was reached. */
  table_sha256: text,
});
export type ClaimRow = z.infer<typeof claimRow>;

export function claimsCsv(rows: readonly ClaimRow[]): string {
  return toCsv("claims.csv", claimRow, rows);
}

export function readClaims(path: string, content: string): ClaimRow[] {
  return fromCsv(path, claimRow, content);
}

/** Verdicts as Markdown: a table a paper, each verdict with its effect, interval and sample size, and the other row below it. */
export function claimsMarkdown(rows: readonly ClaimRow[]): string {
  return [...Map.groupBy(rows, (row) => row.paper)]
    .flatMap(([paper, own]) => [`### ${paper}`, "", HEADER, RULE, ...own.map(line), ""])
    .join("\n");
}

/** A verdict in one line, for a terminal. */
export function claimLine(row: ClaimRow): string {
  const place = row.place === "" ? "" : ` (${row.place}${row.planted === "" ? "" : ", planted flaw"})`;
  const remark = remarks(row).join("; ");
  return `${row.claim}${place}: ${row.verdict}${remark === "" ? "" : `, ${remark}`}. ${effectText(row)}`.trim();
}

const COLUMNS = ["claim", "sentence", "where", "verdict", "effect", "n", "compared"] as const;
const HEADER = `| ${COLUMNS.join(" | ")} |`;
const RULE = `| ${COLUMNS.map(() => "---").join(" | ")} |`;

function line(row: ClaimRow): string {
  const verdict = row.decides
    ? [`**${row.verdict}**`, ...remarks(row)].join("; ")
    : row.row === "validation"
      ? "(chosen on validation)"
      : "(as the paper or the comparison has it)";
  const place = row.planted === "" ? row.place : `${row.place} (planted flaw)`;
  const compared = row.left === "" ? "" : `${row.left} ${mean(row.left_mean)} − ${row.right} ${mean(row.right_mean)}`;
  const cells = [
    row.part > 1 || !row.decides ? "" : row.claim,
    row.part > 1 || !row.decides ? "" : `${row.sentence}${row.ours ? " (ours)" : ""}`,
    place,
    verdict,
    row.effect === null ? "" : effectText(row),
    row.n === null ? "" : `${row.n} ${row.unit}`,
    compared,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
}

function remarks(row: ClaimRow): string[] {
  return [
    ...(row.smaller_than_delta ? [`smaller than ${row.delta}`] : []),
    ...(row.reason === "" ? [] : [row.reason]),
    ...(row.needed === null ? [] : [`${row.needed} ${row.unit} would decide it`]),
    ...(row.verdict === "reproduced" && row.p_adjusted !== null && row.p_adjusted >= LEVEL
      ? [`does not hold against all claims of the paper (Holm, p = ${row.p_adjusted.toPrecision(2)})`]
      : []),
  ];
}

/** One-sided level that a two-sided 95 % interval stands for. */
const LEVEL = 0.025;

function effectText(row: ClaimRow): string {
  if (row.effect === null) return "";
  const interval =
    row.ci_low === null || row.ci_high === null ? "" : ` [${signed(row.ci_low)}, ${signed(row.ci_high)}]`;
  return `${signed(row.effect)}${interval}`;
}

function mean(value: number | null): string {
  return value === null ? "" : value.toFixed(3);
}

function signed(value: number): string {
  const shown = Math.abs(value).toFixed(4);
  if (Number(shown) === 0) return shown;
  return `${value > 0 ? "+" : "\u2212"}${shown}`;
}

/** allocation.csv: every study of allocation that claims stand on. */
export function allocationCsv(rows: readonly AllocationRow[]): string {
  return toCsv("allocation.csv", allocationRow, rows);
}
