import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readClaims } from "@touchstone/report";
import { expect, test } from "vitest";
import { claimIds } from "../src/ids.ts";
import { merged, verdictsPart, withVerdicts } from "../src/published.ts";

const root = join(import.meta.dirname, "../../..");
const path = join(root, "reports/published/claims/claims.csv");
const published = readClaims(path, readFileSync(path, "utf8"));

test("docs/claims.md holds the published verdicts, number by number", () => {
  const page = readFileSync(join(root, "docs/claims.md"), "utf8");
  const flat = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");
  expect(flat(page)).toBe(flat(withVerdicts(page, verdictsPart(published, claimIds()))));
});

test("a later run of a claim takes the place of an earlier one, and ids are in order", () => {
  const row = published[0]!;
  const of = (claim: string, n: number) => ({ ...row, claim, n });
  const rows = merged([
    [of("b-2", 1), of("a-10", 1)],
    [of("b-2", 5), of("a-9", 1)],
  ]);
  expect(rows.map(({ claim, n }) => [claim, n])).toEqual([
    ["a-9", 1],
    ["a-10", 1],
    ["b-2", 5],
  ]);
});

test("the page says which claims were not run yet", () => {
  const row = published[0]!;
  expect(verdictsPart([row], [row.claim, "z-1"]).split("\n")[0]).toBe("Not run yet: `z-1`.");
});
