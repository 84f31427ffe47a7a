import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TouchstoneError } from "@touchstone/core";
import { storageError } from "./failure.ts";

/** Who holds a pool's lock. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken, ISO 8601. */
  readonly since: string;
}

export const LOCK_FILES = ["lock", "lock-owner.json"] as const;
const SQLITE_BUSY = 5;

/**
 * An exclusive lock on a folder. Node has no flock; SQLite's exclusive transaction is a file lock of the operating system,
 * which drops it when its process dies however it dies. So there is no stale lock to detect, and no window in which two
 * processes can both take one over. The file beside it only names the owner.
 */
export function lockFolder(folder: string): Disposable {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
  } catch (cause) {
    throw storageError(folder, "open the lock file of", cause);
  }
  try {
    // Nothing is ever written into it, so it needs no journal beside it.
    database.exec("pragma journal_mode = memory; begin exclusive");
  } catch (cause) {
    database.close();
    if (isBusy(cause)) throw poolLocked(folder);
    throw storageError(folder, "lock", cause);
  }
  const owner: LockOwner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  const ownerFile = join(folder, "lock-owner.json");
  try {
    writeFileSync(ownerFile, JSON.stringify(owner));
  } catch (cause) {
    database.close();
    throw storageError(folder, "write into", cause);
  }
  return {
    [Symbol.dispose]() {
      if (!database.isOpen) return;
      rmSync(ownerFile, { force: true });
      database.close();
    },
  };
}

/** The process that holds the folder's lock now, or null. Takes nothing and waits for nothing. */
export function lockOwner(folder: string): LockOwner | null {
  let probe: DatabaseSync;
  try {
    probe = new DatabaseSync(join(folder, "lock"), { timeout: 0, readOnly: true });
  } catch {
    return null;
  }
  try {
    probe.exec("begin; select * from sqlite_master");
    return null;
  } catch (cause) {
    return isBusy(cause) ? readOwner(folder) : null;
  } finally {
    probe.close();
  }
}

function readOwner(folder: string): LockOwner | null {
  try {
    return JSON.parse(readFileSync(join(folder, "lock-owner.json"), "utf8")) as LockOwner;
  } catch {
    return null;
  }
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY;
}

function poolLocked(folder: string): TouchstoneError {
  const owner = readOwner(folder);
  const holder = owner
    ? `process ${owner.pid} on ${owner.host}, since ${owner.since}`
    : "another process, which has not said its name yet";
  return new TouchstoneError({
    code: "pool-locked",
    family: "pool",
    what: `The pool is in use by ${holder}.`,
    value: folder,
    fix: owner
      ? `Wait until process ${owner.pid} ends or stop it, or choose another pool folder (--pool <folder>).`
      : "Try again in a moment, or choose another pool folder (--pool <folder>).",
  });
}
