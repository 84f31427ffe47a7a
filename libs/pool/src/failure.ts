import { statfsSync } from "node:fs";
import { TouchstoneError } from "@touchstone/core";

/** PostgreSQL makes its write-ahead log in files of this size, and stops when it cannot make the next one. */
const WAL_SEGMENT_BYTES = 16 * 2 ** 20;
const FOREIGN_KEY_VIOLATION = "23503";
const DISK_FULL = /no space left|disk full|disk quota exceeded|ENOSPC|EDQUOT/i;

/** A failure of the file system, said as one: the disk is full, or the folder cannot be used. */
export function storageError(folder: string, action: string, cause: unknown): TouchstoneError {
  if (isDiskFull(folder, cause)) {
    return new TouchstoneError({
      code: "disk-full",
      family: "storage",
      what: "The disk of the pool is full; everything stored before this batch is kept.",
      value: folder,
      fix: "Free some space (100 MB at least) and run the same command again, or choose a folder on another disk (--pool <folder>).",
      cause,
    });
  }
  return new TouchstoneError({
    code: "pool-unwritable",
    family: "storage",
    what: `Could not ${action} the pool's folder (${reason(cause)}).`,
    value: folder,
    fix: "Make the folder writable for this user, or choose another one (--pool <folder>).",
    cause,
  });
}

/** What an error of the database means for the user: a sample that is not there, a full disk, or a damaged pool. */
export function databaseError(folder: string, cause: unknown, log: readonly string[]): TouchstoneError {
  for (const error of chain(cause)) {
    if (error instanceof TouchstoneError) return error;
    if ("code" in error && error.code === FOREIGN_KEY_VIOLATION) return unknownSample(error.message, cause);
  }
  if (isDiskFull(folder, cause) || log.some((line) => DISK_FULL.test(line))) {
    return storageError(folder, "write into", new Error("no space left on device", { cause }));
  }
  const said = log.findLast((line) => /PANIC|FATAL|ERROR/.test(line));
  return poolDamaged(folder, said ?? reason(cause), cause);
}

export function poolDamaged(folder: string, why: string, cause?: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "pool-damaged",
    family: "pool",
    what: `The pool's database cannot be used: ${why}.`,
    value: folder,
    fix: "Run the command again: opening repairs what a crash left behind. If this comes back, move the folder away and draw anew.",
    cause,
  });
}

export function unknownSample(value: string, cause?: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "unknown-sample",
    family: "pool",
    what: "A reward or a grade was given for a sample that the pool does not hold.",
    value,
    fix: "Append the samples before their rewards and grades.",
    cause,
  });
}

function isDiskFull(folder: string, cause: unknown): boolean {
  for (const error of chain(cause)) {
    if (DISK_FULL.test(error.message)) return true;
  }
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < WAL_SEGMENT_BYTES;
  } catch {
    return false;
  }
}

function reason(cause: unknown): string {
  return [...chain(cause)].at(-1)?.message ?? String(cause);
}

function* chain(cause: unknown): Generator<Error> {
  for (let error = cause; error instanceof Error; error = error.cause) yield error;
}
