import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { METHODS } from "../src/methods.ts";
import { LISTS } from "../src/program.ts";
import { dataOf, jsonOf, touchstone } from "./cli.ts";

vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "touchstone-list-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(LISTS)("ls %s --json is an array of objects with names; without it, a line each", async (what) => {
  const flags = ["--out", folder, ...(what === "imports" ? ["--pool", join(folder, "pool")] : [])];
  const rows = await jsonOf<{ name: string }[]>("ls", what, ...flags);
  const names = rows.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const lines = (await dataOf("ls", what, ...flags)).split("\n").slice(0, -1);
  expect(lines.map((line) => line.split(" ", 1)[0])).toEqual(names);
  // The folders of runs and of the pool are empty ones; everything else comes with Touchstone.
  expect(names.length > 0).toBe(what !== "runs" && what !== "imports");
});

test("ls methods lists the registry with where each method comes from", async () => {
  const rows = await jsonOf<{ name: string; reference: { title: string } }[]>("ls", "methods");
  expect(rows.map(({ name }) => name)).toEqual(METHODS.map(({ name }) => name));
  for (const { reference } of rows) expect(reference.title).not.toBe("");
});

interface Checked {
  readonly ok: boolean;
  readonly checks: readonly { name: string; state: string; details?: { files_sha256?: Record<string, string> } }[];
}

test("doctor finds nothing wrong here, and names each model with the hashes of its files", async () => {
  const { ok, checks } = await jsonOf<Checked>("doctor", "--pool", join(folder, "pool"), "--out", folder);
  expect(checks.filter(({ state }) => state === "failed")).toEqual([]);
  expect(ok).toBe(true);
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["node", "engine", "installation", "pool", "pool folder", "runs folder", "model arith"]),
  );
  const model = checks.find(({ name }) => name === "model arith")!;
  expect(model.details!.files_sha256!["model.safetensors"]).toMatch(/^[0-9a-f]{64}$/);
});

test("doctor ends with the code of what failed: a folder of runs that cannot be written to", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const { code, stdout } = await touchstone("doctor", "--pool", join(folder, "pool"), "--out", join(file, "runs"));
  expect(code).toBe(5);
  expect(stdout).toMatch(/^FAILED {2}runs folder: .* cannot be written to \(ENOTDIR\)$/m);
});
