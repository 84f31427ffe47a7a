import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RunResults } from "@touchstone/core";
import { readRun } from "@touchstone/report";
import { ROOT } from "../src/places.ts";
import { REAL_POOLS } from "./real-pools.ts";

/** Where the files of others are looked for; they are no part of the repository. */
export const DATA = resolve(ROOT, "../shared/data");
export const hasData = existsSync(DATA);

/** Imports a file under its mapping's name into a pool below `folder`. Throws what the command says where it fails. */
export function importReal(name: string, folder: string): void {
  touchstone("import", join(DATA, REAL_POOLS[name]!), "--as", name, "--map", name, "--pool", join(folder, "pool"));
}

/** Runs the suite of that name on the import of that name. */
export async function runReal(name: string, folder: string, ...flags: readonly string[]): Promise<RunResults> {
  const suite = join(ROOT, "benchmarks", "recorded", `${name}.yaml`);
  const where = ["--pool", join(folder, "pool"), "--out", join(folder, "runs")];
  const { run } = touchstone("run", suite, ...where, ...flags) as { readonly run: string };
  return readRun(run);
}

function touchstone(...args: readonly string[]): unknown {
  const cli = join(ROOT, "apps", "runner", "src", "cli.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args, "--quiet", "--json"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
