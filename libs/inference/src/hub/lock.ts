import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { interrupted } from "@touchstone/core";

const SQLITE_BUSY = 5;
const AGAIN_AFTER_MS = 200;

/**
 * One process at a time loads a model's files: an exclusive transaction of SQLite is a lock of the operating system, which ends with
 * its process however that ends. Waits; `onWait` is told once that it does.
 */
export async function lockDownload(
  folder: string,
  signal: AbortSignal | undefined,
  onWait: () => void,
): Promise<Disposable> {
  await mkdir(folder, { recursive: true });
  for (let first = true; ; first = false) {
    const lock = tryLock(join(folder, "touchstone.lock"));
    if (lock) return lock;
    if (first) onWait();
    await sleep(AGAIN_AFTER_MS, undefined, { signal }).catch(() => {
      throw interrupted("waiting for another download");
    });
  }
}

function tryLock(path: string): Disposable | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("pragma journal_mode = memory; begin exclusive");
    return {
      [Symbol.dispose]() {
        database.close();
      },
    };
  } catch (cause) {
    database.close();
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY) return undefined;
    throw cause;
  }
}
