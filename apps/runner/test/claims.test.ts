import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readClaims } from "@touchstone/report";
import { afterAll, expect, test, vi } from "vitest";
import { Cli, touchstone } from "./cli.ts";

// A start takes a second on a quiet machine; on a busy one it may take twenty.
vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "touchstone-claims-"));
const where = "--pool pool --out runs --experiments experiments"
  .split(" ")
  .map((part) => (part.startsWith("--") ? part : join(folder, part)));
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
  expect(tea!.reason).toMatch(/^run `\.\/touchstone train post-training` first \(about \d+ hours\)$/);
  const text = readFileSync(page, "utf8");
  expect(text).toContain("| certainty-2 | Alone it stays below self-consistency. | arith | **");
  expect(text).toContain(certainty!.table_sha256);
});

test("a dry run says what would be drawn and what would not be run, and draws nothing", async () => {
  const ended = await touchstone("claims", "certainty-1", "laser-4", "--dry-run", "--quiet", ...where);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("Suite claims-arith: ");
  expect(ended.stdout).toMatch(/1200 problems × 256 samples, [\d,]+ of 307,200 in the pool/);
  expect(ended.stdout).toContain("laser-4 (instruct): not run here, run `./touchstone train laser` first");
});

test("a claim about training is judged from what an experiment wrote, its seeds counted", async () => {
  const results = join(folder, "experiments", "laser");
  mkdirSync(results, { recursive: true });
  const lines = [1, 2, 3, 4, 5].flatMap((seed) =>
    [
      ["laser", 0, 0.5],
      ["laser", 0.3, 0.49],
      ["sequential", 0, 0.5],
      ["sequential", 0.3, 0.44 + 0.001 * seed],
    ].map(([rule, noise, gold]) => `${rule},${noise},final,${seed},10,gold,${gold}`),
  );
  writeFileSync(
    join(results, "evaluations.csv"),
    ["rule,noise,role,seed,iteration,metric,estimate", ...lines].join("\r\n"),
  );
  const ended = await touchstone("claims", "laser-4", "--json", "--quiet", ...where);
  const { csv } = JSON.parse(ended.stdout) as { readonly csv: string };
  const [row] = readClaims(csv, readFileSync(csv, "utf8"));
  // Drops: sequential's .06 less .001 a seed, .057 in the mean; LASeR's .01.
  expect(row).toMatchObject({ verdict: "reproduced", n: 5, unit: "seeds", place: "instruct", decides: true });
  expect(row!.effect).toBeCloseTo(0.047, 12);
  rmSync(results, { recursive: true });
});

test("an unknown claim is refused with the nearest known one", async () => {
  const ended = await touchstone("claims", "certainty-9", ...where);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/unknown-claim: There is no such claim\. Received: certainty-9\. .*certainty-/);
});
