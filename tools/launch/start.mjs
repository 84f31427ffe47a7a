// node tools/launch/start.mjs <run|dev> <script.ts | name of an installed bin> [arguments…]
// Makes sure of the installation, then runs the script or bin on the pinned Node and ends as it ends.
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureInstalled, pinnedNode } from "./installation.mjs";
import { runToEnd } from "./run-to-end.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const [mode, target, ...rest] = process.argv.slice(2);

await ensureInstalled(root, mode);

const script = /\.[cm]?[jt]s$/.test(target) ? join(root, target) : installedBin(target);
process.exitCode = await runToEnd(pinnedNode(root), ["--disable-warning=ExperimentalWarning", script, ...rest], {
  env: { ...process.env, PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}` },
});

/** The file behind a command of an installed package: only of one in the lock, never fetched. */
function installedBin(name) {
  const packageFile = join(root, "node_modules", name, "package.json");
  if (!existsSync(packageFile)) throw new Error(`${name} is not an installed package`);
  const { bin } = JSON.parse(readFileSync(packageFile, "utf8"));
  return join(dirname(packageFile), typeof bin === "string" ? bin : bin[name]);
}
