import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** What a file of one JSON value holds; undefined where it does not exist. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await textOf(path);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Writes a file of one JSON value; it appears whole or not at all. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return replace(path, `${JSON.stringify(value)}\n`);
}

/** The records of a file of one JSON value a line. A line that a sudden end cut off is as if it had not been written. */
export async function readLines<T>(path: string): Promise<readonly T[]> {
  const text = (await textOf(path)) ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}

export async function appendLines(path: string, records: readonly unknown[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A torn line of an earlier process must not swallow the first one of this.
  const before = (await textOf(path)) ?? "";
  const torn = before !== "" && !before.endsWith("\n");
  await appendFile(path, `${torn ? "\n" : ""}${linesOf(records)}`);
}

/** Writes the records in place of those that were there. */
export function replaceLines(path: string, records: readonly unknown[]): Promise<void> {
  return replace(path, linesOf(records));
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.unfinished`, text);
  await rename(`${path}.unfinished`, path);
}

function linesOf(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
