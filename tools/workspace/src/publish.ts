// npm run publish:report -- <run folder>: copies a run to reports/published/<suite>, photographs its page and writes the
// README's part from it.
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import chromium from "@sparticuz/chromium";
import { readRun, runPaths, tablesOf } from "@touchstone/report";
import { chromium as browsers } from "playwright-core";
import { README_BUDGETS, readmePart, withPart } from "./readme-table.ts";

const root = resolve(import.meta.dirname, "../../..");
const given = process.argv[2];
if (given === undefined) throw new Error("publish.ts needs the folder of a run");

const source = resolve(given);
const run = await readRun(source);
const folder = `reports/published/${run.manifest.suite}`;
await mkdir(join(root, folder), { recursive: true });
const from = runPaths(source);
const to = runPaths(join(root, folder));
const tables = run.manifest.tables ?? tablesOf(run);
for (const file of [...tables, ...[from.samples, from.manifest, from.report].map((path) => basename(path))]) {
  await cp(join(source, file), join(root, folder, file));
}
await mkdir(join(root, "docs/images"), { recursive: true });
await photograph(to.report, join(root, "docs/images/report.png"));
const readme = join(root, "README.md");
await writeFile(readme, withPart(await readFile(readme, "utf8"), readmePart(run, folder, README_BUDGETS)));
console.log(join(root, folder));

async function photograph(page: string, image: string): Promise<void> {
  const browser = await browsers.launch({ executablePath: await chromium.executablePath(), args: chromium.args });
  try {
    const tab = await browser.newPage({ viewport: { width: 1280, height: 1500 } });
    await tab.goto(pathToFileURL(page).href);
    await tab.waitForSelector("svg");
    await tab.screenshot({ path: image });
  } finally {
    await browser.close();
  }
}
