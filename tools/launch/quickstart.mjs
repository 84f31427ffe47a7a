// npm run quickstart: the suite `quick`, and how long it took.
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { runToEnd } from "./run-to-end.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const command = [resolve(root, "apps/runner/src/cli.ts"), "run", "quick", ...process.argv.slice(2)];
const started = performance.now();
process.exitCode = await runToEnd(process.execPath, command, { cwd: root });
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stderr.write(`quickstart took ${seconds} s without installation\n`);
