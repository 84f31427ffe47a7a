import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { extname } from "node:path";
import { pipeline } from "node:stream";
import { TouchstoneError } from "@touchstone/core";
import { parse as csvParser } from "csv-parse";

/** One record of a file, and how a person finds it there: `line 3`, `record 3`, `row 3`. */
export interface Located {
  readonly record: Readonly<Record<string, unknown>>;
  readonly where: string;
}

/** Rows of a Parquet file held at once. */
const ROWS_AT_ONCE = 1000;

const READERS: Readonly<Record<string, (path: string) => AsyncIterable<{ value: unknown; where: string }>>> = {
  ".jsonl": jsonLines,
  ".ndjson": jsonLines,
  ".json": jsonList,
  ".csv": (path) => separated(path, ","),
  ".tsv": (path) => separated(path, "\t"),
  ".parquet": parquet,
};

/**
 * The records of a JSON, JSON Lines, CSV, TSV or Parquet file in order, by its ending. All but JSON are read piece by piece:
 * memory does not grow with the file. Throws `unreadable-import` or `bad-record`.
 */
export async function* readRecords(path: string): AsyncGenerator<Located> {
  const read = READERS[extname(path).toLowerCase()];
  if (!read) throw unreadable(path, `its ending is none of ${Object.keys(READERS).join(", ")}`);
  try {
    for await (const { value, where } of read(path)) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw badRecord(path, where, "it is not an object with fields", value);
      }
      yield { record: value as Readonly<Record<string, unknown>>, where };
    }
  } catch (cause) {
    if (cause instanceof TouchstoneError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw unreadable(path, code === "ENOENT" ? "there is no such file" : message.split("\n", 1)[0]!, cause);
  }
}

async function* jsonLines(path: string) {
  const file = await open(path);
  let line = 0;
  for await (const text of file.readLines()) {
    line++;
    if (text.trim() === "") continue;
    const where = `line ${line}`;
    yield { value: parsed(text, path, where), where };
  }
}

async function* jsonList(path: string) {
  const value = parsed(await readFile(path, "utf8"), path, "its content");
  if (!Array.isArray(value)) throw badRecord(path, "its content", "it is not a list of records", typeof value);
  for (const [i, record] of (value as unknown[]).entries()) yield { value: record, where: `record ${i + 1}` };
}

async function* separated(path: string, delimiter: string) {
  const parser = csvParser({ columns: true, delimiter, bom: true, info: true, skip_empty_lines: true });
  // An error of the file reaches the loop through the parser.
  pipeline(createReadStream(path), parser, () => undefined);
  for await (const { record, info } of parser as AsyncIterable<{ record: unknown; info: { lines: number } }>) {
    yield { value: record, where: `line ${info.lines}` };
  }
}

async function* parquet(path: string) {
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const rows = Number(metadata.num_rows);
  for (let rowStart = 0; rowStart < rows; rowStart += ROWS_AT_ONCE) {
    const rowEnd = Math.min(rows, rowStart + ROWS_AT_ONCE);
    const some = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
    for (const [i, value] of some.entries()) yield { value, where: `row ${rowStart + i + 1}` };
  }
}

function parsed(text: string, path: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badRecord(path, where, `it is not JSON (${(cause as Error).message})`, text.slice(0, 80));
  }
}

/** What stands at `where` in a file cannot be used. */
export function badRecord(path: string, where: string, why: string, value: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "bad-record",
    family: "input",
    what: `${where[0]!.toUpperCase()}${where.slice(1)} of ${path} cannot be imported: ${why}.`,
    value: value === undefined ? "nothing" : value,
    fix: "Correct the record, or the field in the mapping.",
  });
}

function unreadable(path: string, why: string, cause?: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "unreadable-import",
    family: "input",
    what: `The file cannot be read: ${why}.`,
    value: path,
    fix: "Give a readable .jsonl, .json, .csv, .tsv or .parquet file.",
    ...(cause === undefined ? {} : { cause }),
  });
}
