import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadLanguageModel } from "@touchstone/inference";
import { startModelServer } from "@touchstone/testkit/model-server";
import { afterAll, expect, test, vi } from "vitest";
import { ROOT } from "../src/places.ts";
import { Cli, jsonOf, refusal, touchstone } from "./cli.ts";

vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "touchstone-likelihood-"));
afterAll(() => {
  Cli.endAll();
  rmSync(folder, { recursive: true, force: true });
});

interface Sum {
  readonly id: string;
  readonly prompt: string;
  readonly answer: string;
}
/** Sums of the built-in world, each with its answer as the last of three to choose from. */
const sums = readFileSync(join(ROOT, "datasets", "arith", "test.jsonl"), "utf8")
  .split("\n", 8)
  .map((line) => JSON.parse(line) as Sum);
const questions = sums.map(({ id, prompt, answer }) => {
  const choices = [1, 10, 0].map((off) => `#### ${Number(answer) + off}`);
  return { id, prompt, choices, correct: [2] };
});

type Question = (typeof questions)[number];

function manifest(name: string, grader: string, reference: (question: Question, index: number) => string): string {
  const data = join(folder, "data");
  mkdirSync(data, { recursive: true });
  const lines = questions.map((question, index) =>
    JSON.stringify({ id: question.id, prompt: question.prompt, reference: reference(question, index) }),
  );
  const text = `${lines.join("\n")}\n`;
  writeFileSync(join(data, `${name}.jsonl`), text);
  const about = {
    name,
    description: "Sums to choose answers of.",
    source: "a test",
    revision: "1",
    licence: "Apache-2.0",
    splits: {
      test: {
        path: `${name}.jsonl`,
        sha256: createHash("sha256").update(text).digest("hex"),
        problems: questions.length,
      },
    },
    fields: { id: "id", prompt: "prompt", reference: "reference" },
    extractor: "none",
    grader,
  };
  writeFileSync(join(data, `${name}.json`), JSON.stringify(about));
  return join(data, `${name}.json`);
}

const scored = manifest("scored-sums", "choice-likelihood", ({ choices, correct }) =>
  JSON.stringify({ choices, correct }),
);
const drawn = manifest("drawn-sums", "exact-match", ({ choices }) => choices[2]!);
const kept = join(folder, "kept");
const flags = [`--dataset=${scored}`, `--kept=${kept}`, "--quiet"];

interface Row {
  readonly metric: string;
  readonly estimate: number;
  readonly problems: number;
}
const estimate = (rows: readonly Row[], metric: string) => rows.find((row) => row.metric === metric)!.estimate;

test("a model's choices are those of the log-probabilities that the engine gives each answer", async () => {
  const out = join(folder, "tables");
  const rows = await jsonOf<readonly Row[]>("likelihood", "--model=arith", ...flags, `--out=${out}`);

  const model = await loadLanguageModel(join(ROOT, "models", "arith"));
  const likelihoods: number[][] = [];
  for (const { prompt, choices } of questions) {
    const pairs = choices.map((text) => ({
      messages: [{ role: "user" as const, content: prompt }],
      response: { text, partial: true },
    }));
    const scores = await model.score(pairs);
    likelihoods.push(scores.map(({ logProbability }) => [...logProbability].reduce((a, b) => a + b, 0)));
  }
  await model.close();
  const chosen = likelihoods.map((sumsOfOne) => sumsOfOne.indexOf(Math.max(...sumsOfOne)));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  expect(estimate(rows, "accuracy")).toBeCloseTo(mean(chosen.map((index) => (index === 2 ? 1 : 0))), 12);
  const shares = likelihoods.map((one) => Math.exp(one[2]!) / one.reduce((total, value) => total + Math.exp(value), 0));
  expect(estimate(rows, "probability")).toBeCloseTo(mean(shares), 3);
  expect(rows.map(({ problems }) => problems)).toEqual([8, 8, 8, 8]);
  expect(readdirSync(out).toSorted()).toEqual(["likelihood-questions.csv", "likelihood.csv"]);
  expect(readFileSync(join(out, "likelihood-questions.csv"), "utf8").trim().split("\r\n")).toHaveLength(9);
});

test("what was scored before a process died is not scored again, and a half written line is", async () => {
  const [file] = readdirSync(kept);
  const path = join(kept, file!);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  expect(lines).toHaveLength(8);
  // The first three questions as kept, with a likelihood that no model gave; the fourth torn.
  const first = lines
    .slice(0, 3)
    .map((line) => JSON.stringify({ ...JSON.parse(line), logLikelihoods: [-1, -2, -0.5] }));
  writeFileSync(path, `${first.join("\n")}\n`);
  appendFileSync(path, lines[3]!.slice(0, 40));
  const rows = await jsonOf<readonly Row[]>("likelihood", "--model=arith", ...flags, "--limit=8");
  expect(rows[0]!.problems).toBe(8);
  const after = readFileSync(path, "utf8").trim().split("\n");
  expect(after.slice(0, 3)).toEqual(first);
  expect(after.slice(4).map((line) => (JSON.parse(line) as { problem: string }).problem)).toEqual(
    questions.slice(3).map(({ id }) => id),
  );
  expect(after.slice(4)).toEqual(lines.slice(3));
});

test("a question that does not fit into the model has no score, is counted out loud, and hides no other", async () => {
  const long = manifest("long-sums", "choice-likelihood", ({ choices, correct }, index) =>
    JSON.stringify({ choices: index === 1 ? [...choices.slice(1), "7".repeat(400)] : choices, correct }),
  );
  const out = join(folder, "long");
  const { stdout, stderr } = await touchstone(
    "likelihood",
    "--model=arith",
    `--dataset=${long}`,
    `--kept=${kept}`,
    `--out=${out}`,
    "--json",
    "--quiet",
  );
  expect((JSON.parse(stdout) as readonly Row[]).map(({ problems }) => problems)).toEqual([7, 7, 7, 7]);
  expect(stderr).toContain(
    "Note: 1 of 8 questions do not fit into the context of arith; they have no score and are not counted.",
  );
  const line = readFileSync(join(out, "likelihood-questions.csv"), "utf8").split("\r\n")[2]!;
  expect(line).toContain(`${questions[1]!.id},`);
  expect(line).toContain(",3,,,,,");
});

test("a server that scores given texts makes the same choices, and one that cannot says so", async () => {
  const models = [{ name: "arith", folder: join(ROOT, "models", "arith") }];
  const some = [`--dataset=${scored}`, "--limit=3", "--quiet"];
  await using server = await startModelServer({ flavour: "vllm", models });
  const own = await jsonOf<readonly Row[]>("likelihood", "--model=arith", ...some, `--kept=${join(folder, "own")}`);
  const served = await jsonOf<readonly Row[]>(
    "likelihood",
    `--model=${server.url}/v1#arith`,
    ...some,
    `--kept=${join(folder, "served")}`,
  );
  for (const [i, row] of own.entries()) expect(served[i]!.estimate).toBeCloseTo(row.estimate, 4);
  await using other = await startModelServer({ flavour: "openai", models });
  const ended = await touchstone(
    "likelihood",
    `--model=${other.url}/v1#arith`,
    ...some,
    `--kept=${join(folder, "none")}`,
  );
  expect(refusal(ended).message).toMatch(/^missing-capability: .*log-probabilities of given responses/);
});

test("a folder that cannot hold scores is named before anything is scored", async () => {
  const ended = await touchstone("likelihood", "--model=arith", `--dataset=${scored}`, `--kept=${scored}`, "--quiet");
  const { exitCode, message } = refusal(ended);
  expect(exitCode).toBe(5);
  expect(message).toContain(scored);
});

test("datasets of the other kind are refused by either command, and a split that is not there by its name", async () => {
  expect(refusal(await touchstone("likelihood", "--model=arith", `--dataset=${drawn}`)).message).toContain(
    "answers-are-drawn: The dataset drawn-sums has no choices to score: its responses are drawn, and graded by exact-match.",
  );
  expect(refusal(await touchstone("likelihood", "--model=arith", ...flags, "--split=train")).message).toContain(
    "unknown-split: The dataset scored-sums has no such split. Received: train. It has: test.",
  );
  const run = await touchstone(
    "run",
    "--model=arith",
    `--dataset=${scored}`,
    "--methods=single-sample",
    "--budgets=1",
    "--dry-run",
    `--pool=${join(folder, "pool")}`,
  );
  expect(run.stderr).toContain("are given, and scored by their likelihood; responses to it cannot be graded.");
});
