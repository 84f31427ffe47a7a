import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { pipeline, Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import { TouchstoneError } from "@touchstone/core";
import { parse as csvParser } from "csv-parse";
import { valueAt } from "./record-path.ts";

/** One record of a file, and how a person finds it there: `line 3`, `record 3`, `row 3`. */
export interface Located {
  readonly record: Readonly<Record<string, unknown>>;
  readonly where: string;
}

/** How the reader of a file speaks of what it cannot use. */
export interface Refusals {
  /** What stands at `where` is no record. */
  readonly record: (where: string, why: string, value: unknown) => TouchstoneError;
  /** The file itself cannot be read. */
  readonly file: (why: string, cause?: unknown) => TouchstoneError;
}

export interface ReadOptions {
  /** Path of the list in a JSON file; `*`: the values of an object. Default: the file is the list. */
  readonly records?: string | undefined;
  /** Of a CSV file. Default: a comma. */
  readonly delimiter?: string | undefined;
  /** Of a text file, by its WHATWG name. Default: UTF-8. Another one is read whole. */
  readonly encoding?: string | undefined;
  /** Of a zip archive: the file in it, JSON or text, that holds the records. It is read whole. */
  readonly inside?: string | undefined;
  /** Of a Parquet file: the columns to read. Default: all. Those that it does not have are missing in every record. */
  readonly columns?: readonly string[] | undefined;
}

interface Source extends ReadOptions {
  readonly path: string;
  readonly refuse: Refusals;
}
type Reader = (source: Source) => AsyncIterable<{ value: unknown; where: string }>;

/** Rows of a Parquet file held at once: each time, the pages that hold them are unpacked anew. */
const ROWS_AT_ONCE = 10_000;

const READERS: Readonly<Record<string, Reader>> = {
  ".jsonl": jsonLines,
  ".ndjson": jsonLines,
  ".json": jsonList,
  ".csv": (source) => separated(source, source.delimiter ?? ","),
  ".tsv": (source) => separated(source, "\t"),
  ".parquet": parquet,
};

/**
 * The records of a JSON, JSON Lines, CSV, TSV or Parquet file in order, by its ending; all but Parquet may be gzipped
 * (`.jsonl.gz`), and JSON and text may lie in a zip archive. All but JSON and archives are read piece by piece: memory does not grow with the file. Throws what `refuse` makes.
 */
export async function* readRecords(path: string, refuse: Refusals, options: ReadOptions = {}): AsyncGenerator<Located> {
  const read = READERS[extname(plainName(options.inside ?? path)).toLowerCase()];
  if (!read) throw refuse.file(`its ending is none of ${Object.keys(READERS).join(", ")}`);
  try {
    for await (const { value, where } of read({ ...options, path, refuse })) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw refuse.record(where, "it is not an object with fields", value);
      }
      yield { record: value as Readonly<Record<string, unknown>>, where };
    }
  } catch (cause) {
    if (cause instanceof TouchstoneError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw refuse.file(code === "ENOENT" ? "there is no such file" : message.split("\n", 1)[0]!, cause);
  }
}

async function* jsonLines(source: Source) {
  const input = await textStream(source);
  // An error of the file or of its compression reaches nobody through the interface.
  let failure: Error | undefined;
  input.once("error", (error) => (failure = error));
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line++;
    if (text.trim() === "") continue;
    const where = `line ${line}`;
    yield { value: parsed(text, where, source.refuse), where };
  }
  if (failure) throw failure;
}

async function* jsonList(source: Source) {
  const { records, refuse } = source;
  const text = decode(await wholeFile(source), source);
  const content = parsed(text, "its content", refuse);
  const value = records === undefined ? content : records === "*" ? values(content) : valueAt(content, records, 0);
  if (!Array.isArray(value)) {
    const where = records === undefined || records === "*" ? "it" : `what stands at "${records}"`;
    throw refuse.record("its content", `${where} is not a list of records`, typeof value);
  }
  for (const [i, record] of (value as unknown[]).entries()) yield { value: record, where: `record ${i + 1}` };
}

async function* separated(source: Source, delimiter: string) {
  const parser = csvParser({ columns: true, delimiter, bom: true, info: true, skip_empty_lines: true });
  // An error of the file reaches the loop through the parser.
  pipeline(await textStream(source), parser, () => undefined);
  for await (const { record, info } of parser as AsyncIterable<{ record: unknown; info: { lines: number } }>) {
    yield { value: record, where: `line ${info.lines}` };
  }
}

async function* parquet({ path, columns: wanted }: Source) {
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] =
    await Promise.all([import("hyparquet"), import("hyparquet-compressors")]);
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const rows = Number(metadata.num_rows);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const columns = wanted ? names.filter((name) => wanted.includes(name)) : names;
  for (let rowStart = 0; rowStart < rows; rowStart += ROWS_AT_ONCE) {
    const rowEnd = Math.min(rows, rowStart + ROWS_AT_ONCE);
    const some = await parquetReadObjects({ file, metadata, compressors, columns, rowStart, rowEnd });
    for (const [i, value] of some.entries()) yield { value, where: `row ${rowStart + i + 1}` };
  }
}

/** Bytes of text, unpacked; read whole and decoded where they are not UTF-8. */
async function textStream(source: Source): Promise<Readable> {
  const { path, encoding, inside } = source;
  if (encoding !== undefined || inside !== undefined) return Readable.from([decode(await wholeFile(source), source)]);
  const file = createReadStream(path);
  return isGzipped(path) ? pipeline(file, createGunzip(), () => undefined) : file;
}

async function wholeFile({ path, inside, refuse }: Source): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (inside === undefined) return isGzipped(path) ? promisify(gunzip)(bytes) : bytes;
  const { unzipSync } = await import("fflate");
  const found = unzipSync(bytes, { filter: ({ name }) => name === inside })[inside];
  if (!found) throw refuse.file(`the archive has no file ${inside}`);
  return found;
}

function decode(bytes: Uint8Array, { encoding = "utf-8" }: Source): string {
  return new TextDecoder(encoding).decode(bytes);
}

function isGzipped(path: string): boolean {
  return path.toLowerCase().endsWith(".gz");
}

function plainName(path: string): string {
  return isGzipped(path) ? path.slice(0, -".gz".length) : path;
}

function values(content: unknown): unknown {
  return typeof content === "object" && content !== null && !Array.isArray(content) ? Object.values(content) : content;
}

function parsed(text: string, where: string, refuse: Refusals): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse.record(where, `it is not JSON (${(cause as Error).message})`, text.slice(0, 80));
  }
}
