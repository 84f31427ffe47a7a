import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Manifest } from "@touchstone/core";
import { readRun } from "@touchstone/report";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Cli, dataOf, jsonOf, touchstone, type Ended } from "./cli.ts";
import { comparable } from "./tables.ts";
import { makeWorld, type World } from "./world.ts";

interface Paths {
  readonly run: string;
  readonly results: string;
  readonly questions: string;
  readonly comparisons: string;
  readonly diagnostics: string;
  readonly manifest: string;
  readonly report: string;
}

// A start takes a second on a quiet machine; on a busy one it may take twenty.
const LONG = 300_000;
vi.setConfig({ testTimeout: LONG });

let world: World;
let first: Ended;
let folder: string;

beforeAll(async () => {
  world = await makeWorld();
  first = await touchstone("run", ...world.what, ...world.where);
  folder = first.stdout
    .trimEnd()
    .split("\n")
    .at(-1)!
    .replace(/^Run: /, "");
}, LONG);
afterAll(() => {
  Cli.endAll();
  world[Symbol.dispose]();
});

test("a run ends with one line naming its folder, and the folder holds tables, manifest and page", async () => {
  expect(first.code).toBe(0);
  expect(basename(folder)).toMatch(/^tiny-\d{8}-\d{6}$/);
  const { results, manifest, samples } = await readRun(folder);
  expect(new Set(results.map(({ method }) => method))).toEqual(
    new Set(["single-sample", "best-of-n", "oracle", "random-choice"]),
  );
  expect(new Set(results.map(({ budget }) => budget))).toEqual(new Set([1, 4]));
  expect(samples).toHaveLength(4);
  expect(manifest.pool).toEqual({ location: world.pool, samples: 64, drawn_in_this_run: 64 });
  expect(manifest.argv[0]).toBe("run");
  expect(manifest.machine.onnxruntime).toMatch(/^\d+\.\d+\.\d+$/);
  expect(manifest.touchstone.lock_sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(manifest.datasets[0]).toMatchObject({ name: "sums", problems: 4, licence: "CC0-1.0" });
  const policy = manifest.models.find(({ role }) => role === "policy")!;
  expect(Object.keys(policy.files_sha256)).toEqual(
    expect.arrayContaining(["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]),
  );
  expect(readFileSync(join(folder, "report.html"), "utf8")).toMatch(/^<!doctype html>/i);
});

test("the terminal's table holds the estimates of results.csv, and progress stays off stdout", async () => {
  const { results } = await readRun(folder);
  const row = results.find(
    ({ method, metric, budget }) => method === "best-of-n" && metric === "accuracy" && budget === 4,
  );
  expect(first.stdout).toMatch(new RegExp(`^best-of-n .*${(100 * row!.estimate!).toFixed(1)}`, "m"));
  expect(first.stderr).toMatch(/^draw policy on sums\/test.*64 of 64, .* tokens\/s/m);
  expect(first.stdout).not.toMatch(/tokens\/s/);
});

test("the same command again draws nothing and gives the same tables; --json prints one object with absolute paths", async () => {
  const again = await touchstone("run", ...world.what, ...world.where, "--json");
  expect(again.stdout.trimEnd().split("\n")).toHaveLength(1);
  const paths = JSON.parse(again.stdout) as Paths;
  expect(Object.keys(paths)).toEqual([
    "run",
    "results",
    "questions",
    "comparisons",
    "diagnostics",
    "ledger",
    "manifest",
    "report",
  ]);
  for (const path of Object.values(paths) as string[]) expect(existsSync(path)).toBe(true);
  expect(again.stderr).not.toMatch(/^draw|^reward/m);
  const { manifest } = await readRun(paths.run);
  expect(manifest.pool).toMatchObject({ samples: 64, drawn_in_this_run: 0 });
  expect(manifest.tables).toContain("ledger.csv");
  for (const file of ["results.csv", "questions.csv", "comparisons.csv", "diagnostics.csv", "ledger.csv"]) {
    expect(await readFile(join(paths.run, file), "utf8")).toBe(await readFile(join(folder, file), "utf8"));
  }
});

test("a run is repeated from its manifest, on a pool of its own, to the same tables", async () => {
  const manifest = join(folder, "manifest.json");
  const [pool, out] = [join(world.folder, "another-pool"), world.out];
  const paths = await jsonOf<Paths>("run", "--from-manifest", manifest, "--pool", pool, "--out", out);
  const [before, after] = [readManifest(manifest), readManifest(paths.manifest)];
  expect(after.pool.drawn_in_this_run).toBe(64);
  expect(after.suite_resolved).toEqual(before.suite_resolved);
  expect(after.suite_as_given).toEqual(before.suite_as_given);
  expect(await comparable(paths.run)).toEqual(await comparable(folder));
});

test("report makes the page anew from the tables alone", async () => {
  const page = join(folder, "report.html");
  const before = readFileSync(page, "utf8");
  writeFileSync(page, "");
  const { run, report } = await jsonOf<Paths>("report", basename(folder), "--out", world.out);
  expect([run, report]).toEqual([folder, page]);
  expect(dataIn(readFileSync(page, "utf8"))).toEqual(dataIn(before));
});

test("ls runs names every run, and resume of a finished one shows it without drawing", async () => {
  const runs = await jsonOf<{ name: string; state: string }[]>("ls", "runs", "--out", world.out);
  expect(runs.find(({ name }) => name === basename(folder))).toMatchObject({ state: "finished" });
  expect(await dataOf("resume", folder)).toBe(first.stdout);
});

test("a dry run says what would be drawn, and makes neither a pool nor a run", async () => {
  const pool = join(world.folder, "not-there");
  const dry = await dataOf("run", ...world.what, "--pool", pool, "--out", pool, "--dry-run");
  expect(dry).toMatch(/^To draw: 64 samples/m);
  expect(existsSync(pool)).toBe(false);
});

test("a suite that studies allocation writes allocation.csv, and its manifest repeats the study", async () => {
  const file = join(world.folder, "shared.yaml");
  const { policy, reward, dataset, where } = world;
  writeFileSync(
    file,
    [
      "name: shared",
      `datasets: [{ name: ${dataset}, limit: 4 }]`,
      `models: [${policy}]`,
      `rewardModels: [${reward}]`,
      "methods: [adaptive-best-of-n]",
      "decodings: [{ maxTokens: 4 }]",
      "budgets: { amounts: [10] }",
      "batch: { size: 2 }",
      "allocation: { batchSizes: [2], partitions: 2, runs: 2 }",
    ].join("\n"),
  );
  const made = await jsonOf<{ run: string; allocation: string; manifest: string }>("run", file, ...where);
  const { allocation, manifest } = await readRun(made.run);
  expect(made.allocation).toBe(join(made.run, "allocation.csv"));
  expect(manifest.suite_resolved).toMatchObject({ allocation: { batchSizes: [2] }, poolSize: 40 });
  const rates = allocation!.filter(({ metric }) => metric === "batch_win_rate");
  expect(rates.map(({ policy: name, batches, budget }) => [name, batches, budget])).toEqual(
    ["uniform", "adaptive-best-of-n", "sd-proportional", "lowest-maximum-first", "empirical", "oracle"].map((name) => [
      name,
      2,
      10,
    ]),
  );
  const again = await jsonOf<{ run: string }>("run", "--from-manifest", made.manifest, ...where);
  expect((await readRun(again.run)).allocation).toEqual(allocation);
});

test("a suite from YAML is the suite from flags, and flags override it", async () => {
  const [file, silent] = [join(world.folder, "suite.yaml"), join(world.folder, "silent.yaml")];
  const { policy, reward, dataset } = world;
  const suite = [
    "name: tiny",
    `datasets: [{ name: ${dataset}, limit: 4 }]`,
    `models: [${policy}]`,
    `rewardModels: [${reward}]`,
    "methods: [single-sample, best-of-n]",
    "decodings: [{ maxTokens: 16 }]",
    "budgets: { amounts: [1, 2] }",
  ].join("\n");
  writeFileSync(file, suite);
  expect(await dataOf("validate", file)).toBe(
    "The suite tiny is valid: 2 methods at 2 budgets, 1 dataset, 1 model, 1 reward model, 8 samples per problem.\n",
  );
  writeFileSync(
    silent,
    suite.replace("[single-sample, best-of-n]", "[adaptive-best-of-n, best-of-n]") + "\nbatch: { size: 2 }",
  );
  const warned = await touchstone("validate", silent);
  expect([warned.code, warned.stderr]).toEqual([
    0,
    "warning: adaptive-best-of-n can only abstain at 1, 2 samples: exploring 2 of 2 draws a problem does not describe its rewards; 8 are needed.\n",
  ]);
  const plan = await jsonOf<{ total: { samplesMissing: number }; cells: { budget: number }[] }>(
    "run",
    file,
    "--budgets",
    "1,4",
    "--dry-run",
    ...world.where,
  );
  expect(plan.total.samplesMissing).toBe(0);
  expect(new Set(plan.cells.map(({ budget }) => budget))).toEqual(new Set([1, 4]));
});

function readManifest(path: string): Manifest {
  expect(statSync(path).isFile()).toBe(true);
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}

/** What a page carries in its one JSON script. */
function dataIn(page: string): unknown {
  return JSON.parse(/<script type="application\/json" id="run">([^<]*)</.exec(page)![1]!);
}
