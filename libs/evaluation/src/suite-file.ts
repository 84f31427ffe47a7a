import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TouchstoneError } from "@touchstone/core";
import { parse } from "yaml";

/**
 * Reads a suite from a YAML or JSON file, or from the default export of a TypeScript or JavaScript file. Throws
 * `unreadable-suite`; what the file says is checked by `resolveSuite`.
 */
export async function readSuiteFile(path: string): Promise<unknown> {
  const kind = extname(path).toLowerCase();
  if ([".ts", ".mts", ".js", ".mjs"].includes(kind)) return importSuite(path);
  if (![".yaml", ".yml", ".json"].includes(kind)) {
    throw unreadable(path, "its ending is none of .ts, .mts, .js, .mjs, .yaml, .yml, .json");
  }
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause.code === "ENOENT" ? "there is no such file" : cause.message, cause);
  });
  try {
    // YAML 1.2 holds JSON, and its parser says line and column where JSON.parse says an offset.
    return parse(text) as unknown;
  } catch (cause) {
    throw unreadable(path, firstLine(cause), cause);
  }
}

async function importSuite(path: string): Promise<unknown> {
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw unreadable(path, firstLine(cause), cause);
  }
  if (loaded["default"] === undefined) throw unreadable(path, "it has no default export");
  return loaded["default"];
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0]!.replace(/[.:]$/, "");
}

function unreadable(path: string, why: string, cause?: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "unreadable-suite",
    family: "usage",
    what: `The suite cannot be read: ${why}.`,
    value: path,
    fix: "Give a name from `./touchstone ls suites`, or the path of a readable suite file; benchmarks/suites/quick.ts is an example.",
    ...(cause === undefined ? {} : { cause }),
  });
}
