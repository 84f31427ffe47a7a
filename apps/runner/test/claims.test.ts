import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readClaims } from "@touchstone/report";
import { afterAll, expect, test, vi } from "vitest";
import { Cli, touchstone } from "./cli.ts";

// A start takes a second on a quiet machine; on a busy one it may take twenty.
vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "touchstone-claims-"));
const where = ["--pool", join(folder, "pool"), "--out", join(folder, "runs")];
afterAll(() => {
  Cli.endAll();
  rmSync(folder, { recursive: true, force: true });
});

test("a claim is run on its built-in world and judged, with effect, interval and sample size", async () => {
  const ended = await touchstone("claims", "certainty-2", "tea-1", "--limit", "4", "--json", ...where);
  expect(ended.code).toBe(0);
  const { csv, page } = JSON.parse(ended.stdout) as { readonly csv: string; readonly page: string };
  const rows = readClaims(csv, readFileSync(csv, "utf8"));
  expect(rows.map(({ claim, verdict }) => claim === "tea-1" || verdict !== "not run here")).toEqual([true, true]);
  const [certainty, tea] = rows;
  expect(certainty).toMatchObject({ n: 4, unit: "problems", decides: true, place: "arith", delta: 0.01 });
  expect(certainty!.left).toBe("majority-vote at 64");
  expect(certainty!.effect).toBeCloseTo(certainty!.left_mean! - certainty!.right_mean!, 12);
  expect(certainty!.table_sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(tea).toMatchObject({ verdict: "not run here", effect: null });
  expect(tea!.reason).toMatch(/^needs training: /);
  const text = readFileSync(page, "utf8");
  expect(text).toContain("| certainty-2 | Alone it stays below self-consistency. | arith | **");
  expect(text).toContain(certainty!.table_sha256);
});

test("a dry run says what would be drawn and what would not be run, and draws nothing", async () => {
  const ended = await touchstone("claims", "certainty-1", "laser-4", "--dry-run", "--quiet", ...where);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("Suite claims-arith: ");
  expect(ended.stdout).toMatch(/1200 problems × 256 samples, [\d,]+ of 307,200 in the pool/);
  expect(ended.stdout).toContain("laser-4: not run here, needs training");
});

test("an unknown claim is refused with the nearest known one", async () => {
  const ended = await touchstone("claims", "certainty-9", ...where);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/unknown-claim: There is no such claim\. Received: certainty-9\. .*certainty-/);
});
