// npm run publish -w @touchstone/claims -- <folder of a run of claims> …: merges the verdicts of the runs (a later one takes the
// place of an earlier one of the same claim), keeps them in reports/published/claims and writes docs/claims.md from them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { claimsCsv, readClaims } from "@touchstone/report";
import { claimIds } from "../src/ids.ts";
import { merged, verdictsPart, withVerdicts } from "../src/published.ts";

const root = resolve(import.meta.dirname, "../../..");
const folders = process.argv.slice(2).map((folder) => resolve(process.env["INIT_CWD"] ?? ".", folder));
if (folders.length === 0) throw new Error("publish.ts needs the folders of runs of claims");
const rows = merged(
  folders.map((folder) => {
    const path = join(folder, "claims.csv");
    return readClaims(path, readFileSync(path, "utf8"));
  }),
);
const published = join(root, "reports/published/claims");
mkdirSync(published, { recursive: true });
writeFileSync(join(published, "claims.csv"), claimsCsv(rows));
const page = join(root, "docs/claims.md");
writeFileSync(page, withVerdicts(readFileSync(page, "utf8"), verdictsPart(rows, claimIds())));
console.log(page);
