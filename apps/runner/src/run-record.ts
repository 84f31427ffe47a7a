import { TouchstoneError } from "@touchstone/core";
import { storageError, writeAtomically } from "@touchstone/report";
import { mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { DEVICES } from "./values.ts";

/** Beside the tables of a run: what `resume` needs, written before anything is drawn. */
export const RECORD_FILE = "run.json";
const RECORD_VERSION = 1;

const runRecord = z.object({
  version: z.literal(RECORD_VERSION),
  /** Name of the run and of its folder. */
  run: z.string(),
  suite: z.string(),
  argv: z.array(z.string()),
  /** ISO 8601. */
  started: z.string(),
  /** Absolute path. */
  pool: z.string(),
  device: z.enum(DEVICES),
  suite_as_given: z.unknown(),
  suite_resolved: z.unknown(),
  /** Samples of the suite that the pool held when the run began. */
  stored_at_start: z.number().int().nonnegative(),
});
export type RunRecord = z.infer<typeof runRecord>;

/**
 * Makes `<out>/<suite>-<time>/` with its record. Two runs of one second get two folders. Throws `unwritable-folder` or
 * `disk-full`.
 */
export async function createRun(out: string, record: Omit<RunRecord, "version" | "run">): Promise<string> {
  const { name: run, folder } = await createFolder(out, record.suite, record.started);
  try {
    const content: RunRecord = { version: RECORD_VERSION, run, ...record };
    await writeAtomically(join(folder, RECORD_FILE), `${JSON.stringify(content, null, 2)}\n`);
    return folder;
  } catch (error) {
    throw storageError(error, out);
  }
}

/** Makes `<out>/<stem>-<time>/`, whose name no other folder there has. Throws `unwritable-folder` or `disk-full`. */
export async function createFolder(
  out: string,
  stem: string,
  started: string,
): Promise<{ readonly name: string; readonly folder: string }> {
  const timed = `${stem}-${started.replaceAll(/[-:]|\.\d+Z$/g, "").replace("T", "-")}`;
  try {
    await mkdir(out, { recursive: true });
    for (let again = 1; ; again++) {
      const name = again === 1 ? timed : `${timed}-${again}`;
      const folder = join(out, name);
      const made = await mkdir(folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EEXIST") return false;
          throw error;
        },
      );
      if (made) return { name, folder };
    }
  } catch (error) {
    throw storageError(error, out);
  }
}

/** The record of a run's folder. Throws `not-a-run` or `damaged-file`. */
export async function readRecord(folder: string): Promise<RunRecord> {
  const path = join(folder, RECORD_FILE);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new TouchstoneError({
      code: "not-a-run",
      family: "input",
      what: `The folder has no ${RECORD_FILE}, so what it began with is not known.`,
      value: folder,
      fix: "`./touchstone ls runs` lists the runs. A run with a manifest.json can be repeated: `run --from-manifest <file>`.",
      cause,
    });
  });
  try {
    return runRecord.parse(JSON.parse(text));
  } catch (cause) {
    throw new TouchstoneError({
      code: "damaged-file",
      family: "input",
      what: `${RECORD_FILE} of the run ${basename(folder)} cannot be read.`,
      value: path,
      fix: "Run the suite again: what was drawn is in the pool.",
      cause,
    });
  }
}
