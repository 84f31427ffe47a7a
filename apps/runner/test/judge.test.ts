import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeFixtureModel } from "@touchstone/inference/fixture";
import { tableOf } from "@touchstone/report";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Cli, jsonOf, refusal, touchstone } from "./cli.ts";
import { makeWorld, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let world: World;
let judge: string;
let requests: string;
beforeAll(async () => {
  world = await makeWorld();
  judge = join(world.folder, "models", "judge");
  // A judge reads both responses and several hundred characters of its prompt.
  await writeFixtureModel(
    judge,
    { layers: 1, width: 32, heads: 2, mlp: 48, vocabulary: 80, positions: 2048 },
    { seed: 9 },
  );
  const lines = ["a fruit", "a tree", "a bird", "a fish"].map((what, i) =>
    JSON.stringify({ id: `r${i}`, instruction: `Name ${what}.`, output: `Here is ${what}, as you wished.` }),
  );
  writeFileSync(join(world.folder, "requests.jsonl"), `${lines.join("\n")}\n`);
  requests = join(world.folder, "requests.json");
  writeFileSync(
    requests,
    JSON.stringify({
      name: "requests",
      description: "Requests with a baseline's responses.",
      splits: { test: { path: "requests.jsonl" } },
      fields: { id: "id", prompt: "instruction", reference: "output" },
      extractor: "whole-text",
      grader: "no-gold",
    }),
  );
});
afterAll(() => {
  Cli.endAll();
  world[Symbol.dispose]();
});

const some = () => [
  "run",
  ...world.what.filter((flag) => !flag.startsWith("--dataset")),
  `--dataset=${requests}`,
  ...world.where,
  "--quiet",
];

test("a judge grades responses to a dataset without gold by its preference over the baseline's", async () => {
  const { results, manifest } = await jsonOf<{ results: string; manifest: string }>(...some(), `--judge=${judge}`);
  const rows = tableOf("results.csv", readFileSync(results, "utf8"));
  const won = rows.filter(({ metric, method }) => metric === "accuracy" && method === "best-of-n");
  expect(won).toHaveLength(2);
  for (const { estimate, flag, problems } of won) {
    expect(Number(estimate)).toBeGreaterThan(0);
    expect(Number(estimate)).toBeLessThan(1);
    expect(problems).toBe("4");
    expect(["judged", "pool-below-4x"]).toContain(flag);
  }
  expect(rows.filter(({ metric }) => metric === "length_controlled_win_rate").length).toBeGreaterThanOrEqual(4);
  const { datasets, suite_resolved: suite } = JSON.parse(readFileSync(manifest, "utf8")) as {
    datasets: { version: string }[];
    suite_resolved: { judge: string };
  };
  expect(datasets[0]!.version).toMatch(/judged by judge\?as=judge [0-9a-f]{16}$/);
  expect(suite.judge).toBe(judge);
});

test("what is no judge is said", async () => {
  const { exitCode, message } = refusal(await touchstone(...some(), `--judge=${judge}?as=genrm`));
  expect(exitCode).toBe(2);
  expect(message).toMatch(/^not-a-judge: A reward model rewards one response; a judge compares two\./);
});
