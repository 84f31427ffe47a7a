// npm run real-pools -w @touchstone/runner: imports the files of ../shared/data, runs their suites, and writes the numbers
// between the markers of docs/real-pools.md; `npx oxfmt docs/real-pools.md` sets its tables. A few minutes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../src/places.ts";
import {
  accuracyTables,
  disagreementRows,
  disagreements,
  readOpenr,
  REAL_POOLS,
  ruleRows,
  withTable,
} from "./real-pools.ts";
import { DATA, importReal, runReal } from "./run-real-pools.ts";

const path = join(ROOT, "docs", "real-pools.md");
const folder = mkdtempSync(join(tmpdir(), "touchstone-real-pools-"));
let page = readFileSync(path, "utf8");
try {
  for (const name of Object.keys(REAL_POOLS)) {
    importReal(name, folder);
    const run = await runReal(name, folder);
    page = withTable(page, name, accuracyTables(run.results));
    if (name === "math500-openr") {
      const problems = readOpenr(DATA);
      page = withTable(page, "rules", ruleRows(problems, run.questions));
      page = withTable(page, "disagreements", disagreementRows(disagreements(problems, run.questions)));
    }
  }
  const batches = "alpaca-eval-batches";
  page = withTable(page, batches, accuracyTables((await runReal(batches, folder)).results));
  writeFileSync(path, page);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
