import { TouchstoneError } from "@touchstone/core";
import { readRecords as readWith, type Located } from "@touchstone/tasks";

export type { Located };

/** The records of an imported file in order, by its ending. Throws `unreadable-import` or `bad-record`. */
export function readRecords(path: string): AsyncGenerator<Located> {
  return readWith(path, {
    record: (where, why, value) => badRecord(path, where, why, value),
    file: (why, cause) => unreadable(path, why, cause),
  });
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
