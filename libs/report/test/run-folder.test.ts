import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storageError } from "../src/files.ts";
import { readRun, RUN_FILES, runPaths, tablesOf, writePage, writeRun } from "../src/index.ts";
import { ledgerOf } from "./simulated-ledger.ts";
import { simulatedRun } from "./simulated-run.ts";
import { tunedRun } from "./simulated-tuning.ts";

const run = simulatedRun({ problems: 12, poolSize: 32, budgets: [1, 4, 8], replicates: 5 });
let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "touchstone-report-"));
  await chmod(base, 0o755);
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function failure(work: Promise<unknown>): Promise<TouchstoneError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TouchstoneError);
  return error as TouchstoneError;
}

describe("a run's folder", () => {
  it("reads back what was written, and nothing else lies in it", async () => {
    const folder = join(base, "deep", "run");
    const paths = await writeRun(folder, run);
    await writePage(folder, "<!doctype html>");
    expect(await readRun(folder)).toEqual(run);
    const optional = new Set<string>([RUN_FILES.ledger, RUN_FILES.tuning, RUN_FILES.curves, RUN_FILES.allocation]);
    const files = Object.values(RUN_FILES).filter((file) => !optional.has(file));
    expect((await readdir(folder)).toSorted()).toEqual(files.toSorted());
    expect(paths).toEqual(runPaths(folder));
  });

  it("holds every trial where the suite was tuned, and reads them back", async () => {
    const folder = join(base, "tuned");
    const tuned = tunedRun(run);
    await writeRun(folder, tuned);
    expect(await readRun(folder)).toEqual(tuned);
    expect(await readdir(folder)).toContain(RUN_FILES.tuning);
  });

  it("holds the ledger and names it among its tables, and leaves nothing of it to the next run", async () => {
    const folder = join(base, "spent");
    const [, learned] = ledgerOf(run);
    const { manifest: _, ...tables } = run;
    expect(tablesOf(tables)).not.toContain("ledger.csv");
    expect(tablesOf({ ...tables, ledger: [learned!] })).toContain("ledger.csv");
    await writeRun(folder, { ...run, ledger: [learned!] });
    expect((await readRun(folder)).ledger).toEqual([learned]);
    await writeRun(folder, run);
    expect(await readRun(folder)).toEqual(run);
  });

  it("holds what methods report of their learning, and leaves nothing of it to the next run", async () => {
    const folder = join(base, "learned");
    const { suite, dataset, split, model, decoding, parameters, seed } = run.results[0]!;
    const about = { suite, dataset, split, model, decoding, parameters, seed, method: "laser", reward_model: "a+b" };
    const point = { ...about, budget_unit: "samples", budget: 4, name: "regret" } as const;
    const curves = [0.5, -0.25, null].map((value, i) => ({ ...point, step: i + 1, value }));
    await writeRun(folder, { ...run, curves });
    expect((await readRun(folder)).curves).toEqual(curves);
    await writeRun(folder, run);
    expect(await readRun(folder)).toEqual(run);
  });

  it("holds what was studied of allocation, and leaves nothing of it to the next run", async () => {
    const folder = join(base, "allocated");
    const { suite, dataset, split, model, decoding } = run.results[0]!;
    const about = { suite, dataset, split, model, decoding, reward_model: "a", policy: "adaptive", parameters: "{}" };
    const counts = { batch_size: 5, budget: 12, batches: 4, partitions: 10, runs: 20, seed: 1 };
    const interval = { estimate: 0.61, standard_error: 0.03, ci_low: 0.54, ci_high: 0.68, monte_carlo_error: null };
    const row = { ...about, ...counts, ...interval, comparator: "uniform", metric: "batch_win_rate", null_value: 0.5 };
    await writeRun(folder, { ...run, allocation: [row] });
    expect((await readRun(folder)).allocation).toEqual([row]);
    await writeRun(folder, run);
    expect(await readRun(folder)).toEqual(run);
  });

  it("replaces an older run file by file", async () => {
    const folder = join(base, "again");
    await writeRun(folder, run);
    const other = simulatedRun({ problems: 12, poolSize: 32, budgets: [1, 2], replicates: 5 });
    await writeRun(folder, other);
    expect(await readRun(folder)).toEqual(other);
  });

  it("is not written at all where a row is not a number", async () => {
    const folder = join(base, "nan");
    const results = [{ ...run.results[0]!, estimate: Number.NaN }];
    const error = await failure(writeRun(folder, { ...run, results }));
    expect(error.code).toBe("unwritable-row");
    await expect(readdir(folder)).rejects.toThrow(/ENOENT/);
  });

  it("says which file of a run is missing", async () => {
    const error = await failure(readRun(join(base, "nowhere")));
    expect([error.code, error.family]).toEqual(["run-not-found", "input"]);
    expect(error.message).toMatch(/nowhere\/manifest\.json.*ls runs/);
  });

  it("names the file, line and column of a damaged table", async () => {
    const folder = join(base, "damaged");
    const { results } = await writeRun(folder, run);
    const lines = (await readFile(results, "utf8")).split("\r\n");
    lines[2] = lines[2]!.replace(",samples,", ",apples,");
    await writeFile(results, lines.join("\r\n"));
    const error = await failure(readRun(folder));
    expect(error.message).toMatch(/damaged-table: .*results\.csv .*line 3, column budget_unit.*apples/);
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, -20), /damaged-file: .*manifest\.json cannot be read/],
    ["of another shape", (text: string) => text.replace('"cores": 2', '"cores": "two"'), /at machine\.cores/],
    [
      "of another version",
      (text: string) => text.replace('"version": 1', '"version": 99'),
      /run-version: .*Received: 99/,
    ],
  ])("says what is wrong with a manifest that is %s", async (name, damage, message) => {
    const folder = join(base, name);
    const { manifest } = await writeRun(folder, run);
    await writeFile(manifest, damage(await readFile(manifest, "utf8")));
    expect((await failure(readRun(folder))).message).toMatch(message);
  });

  it("says clearly that a folder cannot be made where a file stands", async () => {
    await writeFile(join(base, "file"), "");
    const error = await failure(writeRun(join(base, "file", "run"), run));
    expect([error.code, error.family, error.exitCode]).toEqual(["unwritable-folder", "storage", 5]);
    expect(error.message).toMatch(/A part of the path is a file.*file\/run\/results\.csv/);
  });

  it("says clearly that a folder may not be written to", async () => {
    const folder = join(base, "locked");
    await mkdir(folder);
    await chmod(folder, 0o555);
    const error = await failure(asUnprivileged(() => writeRun(folder, run)));
    expect(error.code).toBe("unwritable-folder");
    expect(error.message).toMatch(/Permission was denied.*locked\/results\.csv.*Choose a folder/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("says clearly that the disk is full", async () => {
    // A device that is always full gives the error that a full disk gives.
    const reason: unknown = await writeFile("/dev/full", "x").catch((error: unknown) => error);
    const error = storageError(reason, "/runs/quick/results.csv") as TouchstoneError;
    expect([error.code, error.family, error.exitCode]).toEqual(["disk-full", "storage", 5]);
    expect(error.message).toMatch(/The disk is full.*\/runs\/quick\/results\.csv.*Free some space/);
  });
});

/** Root may write anywhere: leave its rights for a moment. */
async function asUnprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid!(65_534);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
