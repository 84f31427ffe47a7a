import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { readSuiteFile, suggestion } from "@touchstone/evaluation";
import { PLACES } from "./places.ts";

const KINDS = [".ts", ".yaml", ".yml", ".json"] as const;

/** Built-in suites: name and file. */
export async function suiteFiles(): Promise<{ readonly name: string; readonly path: string }[]> {
  const files = await readdir(PLACES.suites);
  return files
    .filter((file) => KINDS.some((kind) => file.endsWith(kind)) && !/^package\.json$|\.schema\.json$/.test(file))
    .map((file) => ({ name: file.slice(0, -extname(file).length), path: join(PLACES.suites, file) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the suite of this name or path says, unchecked. Throws `unknown-suite` or `unreadable-suite`. */
export async function readSuite(reference: string): Promise<unknown> {
  if (/[\\/]/.test(reference) || KINDS.some((kind) => reference.endsWith(kind))) return readSuiteFile(reference);
  const known = await suiteFiles();
  const found = known.find(({ name }) => name === reference);
  if (found) return readSuiteFile(found.path);
  throw new TouchstoneError({
    code: "unknown-suite",
    family: "usage",
    what: "There is no such suite.",
    value: reference,
    fix: `${suggestion(
      reference,
      known.map(({ name }) => name),
      "suite",
    )} Or give the path of a suite file.`,
  });
}
