import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Keeps rows in `path`, one JSON line each; the file appears whole or not at all. */
export async function writeRows(path: string, rows: readonly object[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.partial`, `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
  await rename(`${path}.partial`, path);
}

/** The rows that `writeRows` kept. */
export async function readRows<Row>(path: string): Promise<Row[]> {
  const text = await readFile(path, "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}
