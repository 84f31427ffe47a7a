import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { runPaths } from "@touchstone/report";
import { readRecord, RECORD_FILE } from "./run-record.ts";

export interface RunEntry {
  readonly name: string;
  readonly suite: string;
  /** A finished run has a manifest; an unfinished one can be resumed. */
  readonly state: "finished" | "unfinished";
  readonly started: string;
  readonly pool: string;
  readonly path: string;
}

/** The runs in a folder, oldest first. */
export async function listRuns(out: string): Promise<RunEntry[]> {
  const entries = await readdir(out, { withFileTypes: true }).catch(() => []);
  const runs = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory() && existsSync(join(out, entry.name, RECORD_FILE)))
      .map(async ({ name }): Promise<RunEntry | undefined> => {
        const path = join(out, name);
        // A damaged record is no run to offer; `resume` says what is wrong with it.
        const record = await readRecord(path).catch(() => undefined);
        if (!record) return undefined;
        const { suite, started, pool } = record;
        return { name, suite, state: isFinished(path) ? "finished" : "unfinished", started, pool, path };
      }),
  );
  return runs.filter((run) => run !== undefined).toSorted((a, b) => (a.started < b.started ? -1 : 1));
}

/** The manifest is written after everything else. */
export function isFinished(folder: string): boolean {
  return existsSync(runPaths(folder).manifest);
}

/** Whether a name or path leads to a run. */
export function hasRun(reference: string, out: string): boolean {
  return folderOf(reference, out) !== undefined;
}

function folderOf(reference: string, out: string): string | undefined {
  const isName = !/[\\/]/.test(reference);
  const candidates = [...(isName ? [join(out, reference)] : []), resolve(reference)];
  return candidates.find((path) => existsSync(join(path, RECORD_FILE)) || isFinished(path));
}

/** The folder of a run given by name or path. Throws `unknown-run`. */
export async function findRun(reference: string, out: string): Promise<string> {
  const found = folderOf(reference, out);
  if (found !== undefined) return found;
  const names = (await listRuns(out)).map(({ name }) => name);
  // Here and not above: the suggestion's package is heavier than looking a folder up.
  const { suggestion } = await import("@touchstone/evaluation");
  throw new TouchstoneError({
    code: "unknown-run",
    family: "usage",
    what: `There is no such run in ${out}, and no run's folder at this path.`,
    value: reference,
    fix: suggestion(reference, names, "run"),
  });
}
