// npm run quickstart: the suite `quick`, with the times of its parts.
import { spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const started = performance.now();
const { status } = spawnSync(
  process.execPath,
  [resolve(root, "apps/runner/src/cli.ts"), "run", "quick", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
  },
);
process.stderr.write(`quickstart took ${((performance.now() - started) / 1000).toFixed(1)} s without installation\n`);
process.exitCode = status ?? 1;
