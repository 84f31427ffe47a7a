// node tools/workspace/src/types.ts <folder>: type-checks one package with the settings of the root.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");
const folder = process.argv[2];
if (folder === undefined) throw new Error("types.ts needs a package's folder");
const configs = join(root, "node_modules/.cache/touchstone/types");
mkdirSync(configs, { recursive: true });
const config = join(configs, `${folder.replaceAll("/", "-")}.json`);
const base = join(root, "tsconfig.json");
// Declarations of untyped libraries belong to the package that wraps them, but its importers are checked with its sources.
const include = [join(root, folder), join(root, "libs/**/*.d.ts"), join(root, "apps/**/*.d.ts")];
writeFileSync(config, JSON.stringify({ extends: base, include, exclude: [] }));
process.exitCode = spawnSync("tsc", ["-p", config], { cwd: root, stdio: "inherit" }).status ?? 1;
