import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TouchstoneError } from "@touchstone/core";

/** Writes a file so that a reader sees the old one or the new one, never half of it. Creates the folder. */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const unfinished = join(dirname(path), `.${process.pid}.${Date.now().toString(36)}.unfinished`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(unfinished, content);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw storageError(error, path);
  }
}

/** The text of a run's file. Throws `run-not-found` where it does not exist. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR"
      ? new TouchstoneError({
          code: "run-not-found",
          family: "input",
          what: "A file of the run does not exist.",
          value: path,
          fix: "Give the folder of a finished run; `./touchstone ls runs` lists them.",
          cause: error,
        })
      : storageError(error, path);
  }
}

const CAUSES: Readonly<Record<string, readonly [code: string, what: string, fix: string]>> = {
  ENOSPC: ["disk-full", "The disk is full.", "Free some space and run the same command again: what was drawn is kept."],
  EDQUOT: ["disk-full", "The disk quota is used up.", "Free some space and run the same command again."],
  EACCES: [
    "unwritable-folder",
    "Permission was denied.",
    "Choose a folder that you may write to, or change its rights.",
  ],
  EPERM: [
    "unwritable-folder",
    "Permission was denied.",
    "Choose a folder that you may write to, or change its rights.",
  ],
  EROFS: ["unwritable-folder", "The file system is read-only.", "Choose a folder on a disk that can be written to."],
  ENOTDIR: ["unwritable-folder", "A part of the path is a file.", "Choose a path whose parents are folders."],
  EEXIST: ["unwritable-folder", "A part of the path is a file.", "Choose a path whose parents are folders."],
  ENOENT: [
    "unwritable-folder",
    "A folder of the path does not exist and cannot be made.",
    "Choose a folder that can be written to.",
  ],
  EISDIR: [
    "unwritable-folder",
    "A folder stands where the file should be.",
    "Choose another folder or remove that one.",
  ],
};

/** What went wrong on a disk, as an error of family `storage`. Other errors are returned as they are. */
export function storageError(error: unknown, path: string): unknown {
  const cause = CAUSES[codeOf(error) ?? ""];
  if (cause === undefined) return error;
  const [code, what, fix] = cause;
  return new TouchstoneError({
    code,
    family: "storage",
    what: `Could not use a file. ${what}`,
    value: path,
    fix,
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
