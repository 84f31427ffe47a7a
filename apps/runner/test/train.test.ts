import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadLanguageModel } from "@touchstone/inference";
import { readPostTraining } from "@touchstone/report";
import { afterAll, expect, test, vi } from "vitest";
import { Cli, refusal, touchstone } from "./cli.ts";

vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "touchstone-train-"));
const TINY = {
  kind: "post-training",
  name: "tiny",
  smoke: true,
  worlds: [{ dataset: "instruct", policy: "instruct", reward: "instruct-long", second: "instruct-format" }],
  rollouts: [4],
  deployed: [8],
  rows: [{ estimator: "tea" }, { estimator: "grpo" }],
  contrasts: [["tea", "grpo"]],
  training: { steps: 2, prompts: 2, warmup: 0, checkpoints: 1 },
  tuning: { rates: [0.001], problems: 2, samples: 8 },
  deployment: { problems: 3, samples: 16, checkpointSamples: 8, bestOf: [1, 8, 16], klSamples: 4 },
  bootstrap: 100,
};
afterAll(() => {
  Cli.endAll();
  rmSync(folder, { recursive: true, force: true });
});

function written(name: string, changes: object): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...TINY, ...changes }));
  return file;
}

const train = (...args: string[]) => touchstone("train", ...args, "--out", join(folder, "out"));

test.each([
  ["an experiment", () => "post-trainin", 2, /^unknown-experiment: .*Did you mean `post-training`\?/],
  ["a file", () => join(folder, "none.json"), 2, /^unreadable-experiment: The experiment cannot be read: there is no/],
  ["a kind", () => written("kind", { kind: "tea" }), 2, /^invalid-experiment: .*post-training.*Received: tea/],
  [
    "a field",
    () => written("field", { step: 3 }),
    2,
    /^invalid-comparison: .*comparison\.schema|^invalid-comparison: /,
  ],
  [
    "an estimator",
    () => written("estimator", { rows: [{ estimator: "tee" }, { estimator: "grpo" }], contrasts: [] }),
    2,
    /^unknown-estimator: .*Received: tee\. Did you mean `tea`\?/,
  ],
  [
    "groups that are too small",
    () => written("groups", { rollouts: [3] }),
    3,
    /^group-too-small: A group has too few rollouts for tea\..*Received: 3\./,
  ],
  [
    "a model",
    () => written("model", { worlds: [{ ...TINY.worlds[0], policy: "instrukt" }] }),
    3,
    /^missing-model: .*Received: .*instrukt/,
  ],
  [
    "a reward model that is a policy",
    () => written("policy", { worlds: [{ ...TINY.worlds[0], second: "arith" }] }),
    3,
    /^not-a-reward-model: /,
  ],
])("%s that cannot be used: it is refused, and nothing is written", async (_, file, exitCode, message) => {
  expect(refusal(await train(file(), "--quiet"))).toEqual({ exitCode, message: expect.stringMatching(message) });
  expect(existsSync(join(folder, "out"))).toBe(false);
});

test("a dry run says what would be trained and what it costs, and trains nothing", async () => {
  const ended = await train(written("dry", {}), "--dry-run");
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("2 trials (1 learning rate a row) and 2 reported runs of 2 steps");
  expect(ended.stdout).toMatch(
    /instruct trained on instruct-long, reported with instruct-format: 64 rollouts, .*FLOPs/,
  );
  expect(existsSync(join(folder, "out"))).toBe(false);
});

test("policies are trained, tabulated and shown, and the first seed of each row becomes a model with a card", async () => {
  const models = join(folder, "models");
  const ended = await train(written("tiny", {}), "--export", models);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(/run 4 of 4 \(grpo, m = 4, rate 0\.001, seed 0\)/);
  expect(ended.stdout).toMatch(/tea − grpo at matched KL/);
  expect(ended.stdout).toContain("Smoke: too small for a verdict.");
  const place = join(folder, "out", "tiny");
  const results = await readPostTraining(place);
  expect(results.policies.map(({ row, role }) => `${row} ${role}`)).toEqual([
    "base base",
    "tea trial",
    "tea final",
    "grpo trial",
    "grpo final",
  ]);
  // The reward model that trains has a planted flaw, and is called so in every table.
  const flaw = results.manifest.models.find(({ name }) => name === "instruct-long")!.planted;
  expect(flaw).not.toBeNull();
  const { manifest: _manifest, ...tables } = results;
  for (const rows of Object.values(tables))
    expect(new Set(rows.map(({ planted }) => planted))).toEqual(new Set([flaw]));
  expect(new Set(results.policies.map((row) => row.second_planted))).toEqual(new Set([null]));
  expect(readFileSync(join(place, "report.html"), "utf8")).toContain("instruct-long");
  expect(readdirSync(models).toSorted()).toEqual(["instruct-grpo-m4-n8", "instruct-tea-m4-n8"]);
  const card = readFileSync(join(models, "instruct-tea-m4-n8", "README.md"), "utf8");
  expect(card).toContain("planted flaw");
  expect(card).toContain("our derivation from a second-hand description");
  await using policy = Object.assign(await loadLanguageModel(join(models, "instruct-tea-m4-n8")), {
    async [Symbol.asyncDispose](this: { close(): Promise<void> }) {
      await this.close();
    },
  });
  expect(policy.size.total).toBe(837_120);

  // The page is made anew from the tables alone, by name or by folder, and the experiment is listed.
  const page = readFileSync(join(place, "report.html"), "utf8");
  rmSync(join(place, "report.html"));
  const reported = await touchstone("report", "tiny", "--out", join(folder, "out"));
  expect(reported.stdout).toMatch(/tea − grpo at matched KL/);
  expect(readFileSync(join(place, "report.html"), "utf8")).toBe(page);
  const json = await touchstone("report", place, "--json");
  expect(JSON.parse(json.stdout)).toEqual({ experiment: place, report: join(place, "report.html") });
  const listed = await touchstone("ls", "experiments", "--out", join(folder, "out"));
  expect(listed.stdout).toMatch(/^post-training +not begun: /m);
  expect(listed.stdout).toMatch(/^tiny +finished \d{4}-\d\d-\d\d$/m);

  const again = await train(written("tiny", {}), "--json", "--quiet", "--export", models);
  expect(refusal(again)).toEqual({ exitCode: 2, message: expect.stringMatching(/^folder-not-empty: /) });
});

test("Ctrl-C ends a training with one message, its state on disk", async () => {
  const long = written("long", { name: "long", training: { ...TINY.training, steps: 400 } });
  const cli = new Cli(["train", long, "--out", join(folder, "out")]);
  await cli.says(/^run 1 of 4 .*: step [1-9]\d* of 400/m);
  cli.signal("SIGINT");
  const { code, stderr } = await cli.ended();
  expect(code).toBe(130);
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
    /^interrupted: Stopped during training; everything finished before is kept\. Run the same command again: it goes on/,
  );
  const runs = join(folder, "out", "long", "runs");
  const first = readdirSync(runs).find((name) => name.includes("tea"))!;
  expect(readdirSync(join(runs, first)).toSorted()).toEqual(["checkpoint", "steps.jsonl"]);
  expect(refusal(await touchstone("report", "long", "--out", join(folder, "out")))).toEqual({
    exitCode: 3,
    message: expect.stringMatching(
      /^unfinished-run: This experiment has no tables yet\..*Continue it with `.\/touchstone train/,
    ),
  });
});

test("a second command is kept out of an experiment that is being trained", async () => {
  const place = join(folder, "out", "held");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "lock"), String(process.pid));
  const ended = await train(written("held", { name: "held" }), "--quiet");
  expect(refusal(ended)).toEqual({
    exitCode: 5,
    message: expect.stringMatching(new RegExp(`^experiment-in-use: Process ${process.pid} is training`)),
  });
});
