import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableOf } from "@touchstone/report";
import { afterAll, expect, test, vi } from "vitest";
import { Cli, touchstone } from "./cli.ts";

// A start takes a second on a quiet machine; on a busy one it may take twenty.
vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "touchstone-laser-"));
const file = join(folder, "tiny.json");
writeFileSync(
  file,
  JSON.stringify({
    kind: "laser",
    name: "tiny",
    smoke: true,
    dataset: "instruct",
    policy: "instruct",
    rewardModels: ["instruct-format", "instruct-long"],
    rules: ["laser", "score-ensemble"],
    seeds: [1],
    training: { iterations: 1, steps: 1, prompts: 2, responses: 4, pairs: 2, rates: [0.0003] },
    validation: { problems: 2 },
    evaluation: { problems: 3, samples: 1 },
  }),
);
afterAll(() => {
  Cli.endAll();
  rmSync(folder, { recursive: true, force: true });
});

test("a dry run says what would be trained, and trains nothing", async () => {
  const ended = await touchstone("train", "laser", "--dry-run", "--out", folder);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain(
    "3 trials and 55 runs of 10 × 5 steps, 16 prompts with 30 responses and 10 pairs each",
  );
  expect(existsSync(join(folder, "laser"))).toBe(false);
});

test("policies are trained by reward models, tabulated, and their models written with cards", async () => {
  const models = join(folder, "models");
  const ended = await touchstone("train", file, "--json", "--quiet", "--out", folder, "--export", models);
  expect(ended.stderr).toBe("");
  const paths = JSON.parse(ended.stdout) as Readonly<Record<"evaluations" | "manifest" | "report", string>>;
  const rows = tableOf(paths.evaluations, readFileSync(paths.evaluations, "utf8"));
  const golds = rows.filter(({ metric }) => metric === "gold");
  expect(golds.map(({ rule, iteration }) => `${rule} ${iteration}`)).toEqual([
    "laser 0",
    "laser 1",
    "score-ensemble 0",
    "score-ensemble 1",
  ]);
  // An ensemble of two reads everything twice.
  expect(Number(golds[3]!["reward_tokens"])).toBe(2 * Number(golds[1]!["reward_tokens"]));
  for (const row of rows) expect(row["planted"]).toMatch(/^instruct-long: ./);
  const manifest = JSON.parse(readFileSync(paths.manifest, "utf8")) as {
    readonly smoke: boolean;
    readonly ended: string;
  };
  expect(manifest).toMatchObject({ smoke: true, ended: expect.any(String) as string });
  const page = readFileSync(paths.report, "utf8");
  expect(page).toContain("score-ensemble");
  rmSync(paths.report);
  const reported = await touchstone("report", join(folder, "tiny"));
  expect(reported.stdout).toContain("Gold of a single response at the end of training, mean over seeds");
  expect(readFileSync(paths.report, "utf8")).toBe(page);
  expect(readdirSync(models).toSorted()).toEqual(["instruct-laser", "instruct-score-ensemble"]);
  expect(readFileSync(join(models, "instruct-laser", "README.md"), "utf8")).toContain(
    "A planted flaw of instruct-long",
  );
});

test("an experiment that is not valid is refused and the message says why", async () => {
  writeFileSync(join(folder, "bad.json"), JSON.stringify({ kind: "laser", name: "bad", rules: ["lasre"] }));
  const ended = await touchstone("train", join(folder, "bad.json"), "--out", folder);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/invalid-experiment: The experiment is not valid: `dataset`/);
});
