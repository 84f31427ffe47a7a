import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { readSuiteFile, suggestion } from "@touchstone/evaluation";
import { PLACES } from "./places.ts";

const KINDS = [".ts", ".yaml", ".yml", ".json"] as const;

/** Built-in experiments: name and file. */
export async function experimentFiles(): Promise<{ readonly name: string; readonly path: string }[]> {
  const files = await readdir(PLACES.experimentFiles);
  return files
    .filter((file) => KINDS.some((kind) => file.endsWith(kind)) && !/^package\.json$|\.schema\.json$/.test(file))
    .map((file) => ({ name: file.slice(0, -extname(file).length), path: join(PLACES.experimentFiles, file) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the experiment of this name or path says, unchecked. Throws `unknown-experiment` or `unreadable-experiment`. */
export async function readExperiment(reference: string): Promise<unknown> {
  if (/[\\/]/.test(reference) || KINDS.some((kind) => reference.endsWith(kind))) return readFileOf(reference);
  const known = await experimentFiles();
  const found = known.find(({ name }) => name === reference);
  if (found) return readFileOf(found.path);
  const names = known.map(({ name }) => name);
  throw new TouchstoneError({
    code: "unknown-experiment",
    family: "usage",
    what: "There is no such experiment.",
    value: reference,
    fix: `${suggestion(reference, names, "experiment")} Or give the path of an experiment's file.`,
  });
}

/** The readers of files are those of suites; what they say is about experiments. */
async function readFileOf(path: string): Promise<unknown> {
  try {
    return await readSuiteFile(path);
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    throw new TouchstoneError({
      code: "unreadable-experiment",
      family: "usage",
      what: error.what.replace("The suite", "The experiment"),
      value: path,
      fix: `Give a name from \`./touchstone ls experiments\`, or the path of a readable file; benchmarks/experiments/post-training-quick.ts is an example.`,
      cause: error,
    });
  }
}
