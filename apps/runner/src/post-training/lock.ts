import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { storageError } from "@touchstone/report";

/**
 * Keeps a second command out of an experiment's folder. A lock whose process has ended is taken over.
 * @throws TouchstoneError `experiment-in-use`, `unwritable-folder`, `disk-full`
 */
export async function lockExperiment(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, "lock");
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path, String(process.pid), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw storageError(error, folder);
    const owner = Number(await readFile(path, "utf8").catch(() => ""));
    if (owner !== process.pid && isRunning(owner)) {
      throw new TouchstoneError({
        code: "experiment-in-use",
        family: "storage",
        what: `Process ${owner} is training in this folder.`,
        value: folder,
        fix: "Wait for it or stop it; or give another folder by `--out`.",
      });
    }
    await writeFile(path, String(process.pid));
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
