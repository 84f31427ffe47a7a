// npm run check: everything that must hold of the sources without running them. Ends with the number of failed checks.
import { $, chalk } from "zx";

$.verbose = false;
$.cwd = new URL("../../..", import.meta.url).pathname;

const checks: Record<string, () => Promise<unknown>> = {
  types: () => $`tsc -p .`,
  lint: () => $`oxlint . --deny-warnings`,
  format: () => $`oxfmt --check .`,
  "dead code": () => $`knip`,
  // In what ships: tools and testkit are only ever installed with development dependencies.
  // By default knip accepts an import of a workspace package that is not declared; strictly it does not.
  "undeclared imports": () =>
    $`knip --strict --include unlisted --workspace !tools/workspace --workspace !libs/testkit`,
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const started = performance.now();
  try {
    await check();
    console.log(`${chalk.green("ok  ")} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`${chalk.red("FAIL")} ${name}\n${error instanceof Error ? String(error) : error}`);
  }
}
process.exitCode = failed;
