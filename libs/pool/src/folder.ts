import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { poolDamaged, storageError } from "./failure.ts";
import { LOCK_FILES, lockOwner } from "./lock.ts";
import type { LockOwner } from "./lock.ts";
import { POOL_VERSION } from "./schema.ts";

/** `pool.json` is written last when a pool is made: without it, whatever lies in `postgres` is unfinished and empty. */
const DESCRIPTION = "pool.json";
const UNFINISHED = "unfinished";

export const databaseFolder = (folder: string): string => join(folder, "postgres");

/** A pool's folder as seen from outside, without opening or locking it. */
export interface PoolFolder {
  readonly folder: string;
  /** `absent`: nothing there; `foreign`: a folder with other things in it; `unfinished`: its making was cut off. */
  readonly state: "absent" | "foreign" | "unfinished" | "pool";
  /** The schema's version; null unless `state` is `pool`. */
  readonly version: number | null;
  readonly bytes: number;
  readonly owner: LockOwner | null;
}

export function inspectPool(folder: string): PoolFolder {
  const state = folderState(folder);
  return {
    folder,
    state,
    version: state === "pool" ? poolVersion(folder) : null,
    bytes: state === "absent" || state === "foreign" ? 0 : folderBytes(folder),
    owner: state === "absent" ? null : lockOwner(folder),
  };
}

/** Makes the folder if need be. Throws where it holds anything but a pool. */
export function enterFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw storageError(folder, "make", cause);
  }
  let state: PoolFolder["state"];
  try {
    state = folderState(folder);
  } catch (cause) {
    throw storageError(folder, "read", cause);
  }
  if (state === "foreign") {
    throw new TouchstoneError({
      code: "not-a-pool",
      family: "pool",
      what: "The folder exists and holds something other than a pool.",
      value: folder,
      fix: "Choose an empty or a new folder (--pool <folder>).",
    });
  }
  if (state === "pool") checkVersion(folder);
}

/** Whether a finished pool of this version lies here; what an unfinished making left behind is removed. Needs the lock. */
export function prepareFolder(folder: string): "existing" | "new" {
  if (folderState(folder) === "pool") {
    checkVersion(folder);
    checkDatabase(folder);
    return "existing";
  }
  try {
    writeFileSync(join(folder, UNFINISHED), "");
    rmSync(databaseFolder(folder), { recursive: true, force: true });
  } catch (cause) {
    throw storageError(folder, "write into", cause);
  }
  return "new";
}

export function finishFolder(folder: string): void {
  try {
    const draft = join(folder, `${DESCRIPTION}.new`);
    writeFileSync(draft, `${JSON.stringify({ format: "touchstone-pool", version: POOL_VERSION })}\n`);
    renameSync(draft, join(folder, DESCRIPTION));
    rmSync(join(folder, UNFINISHED), { force: true });
  } catch (cause) {
    throw storageError(folder, "write into", cause);
  }
}

export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

function folderState(folder: string): PoolFolder["state"] {
  if (!existsSync(folder)) return "absent";
  const entries = readdirSync(folder);
  if (entries.includes(DESCRIPTION)) return "pool";
  if (entries.includes(UNFINISHED)) return "unfinished";
  const ours: readonly string[] = LOCK_FILES;
  return entries.every((entry) => ours.includes(entry)) ? "unfinished" : "foreign";
}

/** PGlite takes a folder without this file for an empty one, and would write a new database over what is left. */
function checkDatabase(folder: string): void {
  const file = join(databaseFolder(folder), "PG_VERSION");
  if (!existsSync(file)) throw poolDamaged(folder, `${file} is missing`);
}

function poolVersion(folder: string): number | null {
  try {
    const description: unknown = JSON.parse(readFileSync(join(folder, DESCRIPTION), "utf8"));
    const version = (description as { version?: unknown } | null)?.version;
    return typeof version === "number" ? version : null;
  } catch {
    return null;
  }
}

function checkVersion(folder: string): void {
  const version = poolVersion(folder);
  if (version === POOL_VERSION) return;
  throw new TouchstoneError({
    code: "pool-version",
    family: "pool",
    what: `The pool is of version ${version ?? "unknown"}; this Touchstone reads version ${POOL_VERSION}.`,
    value: folder,
    fix: "Use the Touchstone that made it, or choose another pool folder (--pool <folder>); the old one is left as it is.",
  });
}
