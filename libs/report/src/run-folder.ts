import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  allocationRow,
  comparisonRow,
  curveRow,
  diagnosticRow,
  ledgerRow,
  manifest,
  problemLook,
  questionRow,
  RESULTS_VERSION,
  resultRow,
  TouchstoneError,
  tuningRow,
} from "@touchstone/core";
import type { RunResults } from "@touchstone/core";
import { z } from "zod";
import { fromCsv, toCsv } from "./csv.ts";
import { readText, writeAtomically } from "./files.ts";

/** The files of a run's folder, by what they hold. */
export const RUN_FILES = {
  results: "results.csv",
  questions: "questions.csv",
  comparisons: "comparisons.csv",
  diagnostics: "diagnostics.csv",
  ledger: "ledger.csv",
  tuning: "tuning.csv",
  curves: "curves.csv",
  allocation: "allocation.csv",
  samples: "samples.json",
  manifest: "manifest.json",
  report: "report.html",
} as const;

export type RunPaths = Readonly<Record<keyof typeof RUN_FILES, string>>;

export function runPaths(folder: string): RunPaths {
  return Object.fromEntries(Object.entries(RUN_FILES).map(([what, file]) => [what, join(folder, file)])) as RunPaths;
}

/** Names of the CSV files that `writeRun` writes for a run. */
export function tablesOf(run: Omit<RunResults, "manifest">): string[] {
  const { results, questions, comparisons, diagnostics, ledger, tuning, curves, allocation } = RUN_FILES;
  const some = { [ledger]: run.ledger, [tuning]: run.tuning, [curves]: run.curves, [allocation]: run.allocation };
  const present = Object.entries(some).flatMap(([file, rows]) => (rows?.length ? [file] : []));
  return [results, questions, comparisons, diagnostics, ...present];
}

/**
 * Writes the tables, samples.json and, last of all, manifest.json: a folder with a manifest is a finished run. Every file
 * appears whole or not at all. Throws `unwritable-row`, `unwritable-folder` or `disk-full`.
 */
export async function writeRun(folder: string, run: RunResults): Promise<RunPaths> {
  const paths = runPaths(folder);
  const files: [path: string, content: string][] = [
    [paths.results, toCsv(RUN_FILES.results, resultRow, run.results)],
    [paths.questions, toCsv(RUN_FILES.questions, questionRow, run.questions)],
    [paths.comparisons, toCsv(RUN_FILES.comparisons, comparisonRow, run.comparisons)],
    [paths.diagnostics, toCsv(RUN_FILES.diagnostics, diagnosticRow, run.diagnostics)],
    ...(run.ledger?.length ? [[paths.ledger, toCsv(RUN_FILES.ledger, ledgerRow, run.ledger)] as [string, string]] : []),
    // Only a suite that tunes has this table.
    ...(run.tuning?.length ? [[paths.tuning, toCsv(RUN_FILES.tuning, tuningRow, run.tuning)] as [string, string]] : []),
    // Only a run of a method that reports how it learned has this one.
    ...(run.curves?.length ? [[paths.curves, toCsv(RUN_FILES.curves, curveRow, run.curves)] as [string, string]] : []),
    ...(run.allocation?.length
      ? [[paths.allocation, toCsv(RUN_FILES.allocation, allocationRow, run.allocation)] as [string, string]]
      : []),
    [paths.samples, `${JSON.stringify(z.array(problemLook).parse(run.samples), null, 1)}\n`],
    [paths.manifest, `${JSON.stringify(manifest.parse(run.manifest), null, 2)}\n`],
  ];
  for (const [path, content] of files) await writeAtomically(path, content);
  // What an older run left here must not be read as this one's.
  if (!run.ledger?.length) await rm(paths.ledger, { force: true });
  if (!run.curves?.length) await rm(paths.curves, { force: true });
  if (!run.allocation?.length) await rm(paths.allocation, { force: true });
  return paths;
}

/** Writes the page beside the tables. */
export async function writePage(folder: string, html: string): Promise<string> {
  const { report } = runPaths(folder);
  await writeAtomically(report, html);
  return report;
}

/** A run as it was written. Throws `run-not-found`, `run-version`, `damaged-table` or `damaged-file`. */
export async function readRun(folder: string): Promise<RunResults> {
  const paths = runPaths(folder);
  const described = await readJson(paths.manifest);
  const version = (described as { version?: unknown } | null)?.version;
  if (version !== RESULTS_VERSION) {
    throw new TouchstoneError({
      code: "run-version",
      family: "input",
      what: `The run in ${folder} was written in another version of the tables than ${RESULTS_VERSION}.`,
      value: version ?? "no version",
      fix: "Read it with the Touchstone that wrote it (its commit is in manifest.json), or run its suite again.",
    });
  }
  const [results, questions, comparisons, diagnostics] = await Promise.all(
    [paths.results, paths.questions, paths.comparisons, paths.diagnostics].map(readText),
  );
  const about = checked(paths.manifest, manifest, described);
  return {
    manifest: about,
    results: fromCsv(paths.results, resultRow, results!),
    questions: fromCsv(paths.questions, questionRow, questions!),
    comparisons: fromCsv(paths.comparisons, comparisonRow, comparisons!),
    diagnostics: fromCsv(paths.diagnostics, diagnosticRow, diagnostics!),
    samples: checked(paths.samples, z.array(problemLook), await readJson(paths.samples)),
    ...(about.tuning ? { tuning: fromCsv(paths.tuning, tuningRow, await readText(paths.tuning)) } : {}),
    ...(existsSync(paths.ledger) ? { ledger: fromCsv(paths.ledger, ledgerRow, await readText(paths.ledger)) } : {}),
    ...(existsSync(paths.curves) ? { curves: fromCsv(paths.curves, curveRow, await readText(paths.curves)) } : {}),
    ...(existsSync(paths.allocation)
      ? { allocation: fromCsv(paths.allocation, allocationRow, await readText(paths.allocation)) }
      : {}),
  };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw damagedFile(path, error instanceof Error ? error.message : String(error));
  }
}

function checked<T>(path: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw damagedFile(path, `at ${issue.path.join(".") || "its root"}: ${issue.message}`);
}

function damagedFile(path: string, why: string): TouchstoneError {
  return new TouchstoneError({
    code: "damaged-file",
    family: "input",
    what: `${path} cannot be read: ${why}.`,
    fix: "Restore the file, or run the suite again: what it drew is in the pool, so that only the tables are made anew.",
  });
}
