import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readRun } from "@touchstone/report";
import { Cli, dataOf, jsonOf, refusal, touchstone } from "./cli.ts";

vi.setConfig({ testTimeout: 300_000 });

/** Two problems with four answers each: the proxy prefers the right one in the first, a wrong one in the second. */
const RESPONSES = [
  ["a", "2", "2", 3],
  ["a", "2", "3", 1],
  ["a", "2", "3", 2],
  ["a", "2", "none", null],
  ["b", "4", "4", 0],
  ["b", "4", "4.0", 0],
  ["b", "4", "5", 1],
  ["b", "4", "6", 0],
] as const;
const MAPPING = {
  description: "Two sums.",
  source: "a test",
  revision: "1",
  licence: "CC0-1.0",
  problem: { id: "id", prompt: "id", reference: "gold" },
  response: { text: "text" },
  extractor: "last-number",
  grader: "exact-number",
  rewards: { rm: "score" },
  decoding: { temperature: 0.7 },
};

const folder = mkdtempSync(join(tmpdir(), "touchstone-import-cli-"));
const file = join(folder, "responses.jsonl");
const map = join(folder, "map.json");
const pool = ["--pool", join(folder, "pool")];
const where = [...pool, "--out", join(folder, "runs")];

beforeAll(() => {
  const lines = RESPONSES.map(([id, gold, text, score]) => JSON.stringify({ id, gold, text, score }));
  writeFileSync(file, lines.join("\n"));
  writeFileSync(map, JSON.stringify(MAPPING));
});
afterAll(() => {
  Cli.endAll();
  rmSync(folder, { recursive: true, force: true });
});

test("a file of responses becomes a pool that methods run on, under the name that it was given", async () => {
  const imported = await jsonOf<{ samples: number; wasThere: boolean }>(
    "import",
    file,
    "--as=sums",
    "--map",
    map,
    ...pool,
  );
  expect(imported).toMatchObject({ samples: 8, problems: 2, missingRewards: { rm: 1 }, wasThere: false });
  expect(await dataOf("ls", "imports", ...pool)).toBe(
    "sums  Two sums. (2 problems × 4 samples, rewards of rm, licence CC0-1.0)\n",
  );
  const methods = "--methods=single-sample,majority-vote,best-of-n";
  const { run } = await jsonOf<{ run: string }>("run", "--model=sums", methods, "--budgets=1,4", ...where);
  const { results, manifest } = await readRun(run);
  const accuracy = (method: string, budget: number) =>
    results.find((row) => row.metric === "accuracy" && row.method === method && row.budget === budget)!.estimate;
  // 1 of 4 is right in the first problem and 2 of 4 in the second.
  expect(accuracy("single-sample", 1)).toBeCloseTo((1 / 4 + 2 / 4) / 2, 10);
  // All four: 3 outvotes 2 in the first, 4 is 4.0 and wins in the second.
  expect(accuracy("majority-vote", 4)).toBe(0.5);
  expect(accuracy("best-of-n", 4)).toBe(0.5);
  expect(results[0]).toMatchObject({ dataset: "sums", model: "sums", decoding: "t=0.7,k=0,p=1,max=1000000" });
  expect(results[0]).toMatchObject({ prompt_tokens: null, completion_tokens: null, flops: null, wall_seconds: null });
  expect(manifest.models.map(({ role, name, parameters_total }) => [role, name, parameters_total])).toEqual([
    ["policy", "sums", null],
    ["reward-model", "rm", null],
  ]);
  expect(readFileSync(join(run, "report.html"), "utf8")).toContain("sums");
});

test("the same file again is there already, another one under its name is refused", async () => {
  expect(await dataOf("import", file, "--as=sums", "--map", map, "--quiet", ...pool)).toMatch(/; was there already\n$/);
  const other = join(folder, "other.json");
  writeFileSync(other, JSON.stringify({ ...MAPPING, extractor: "numeric" }));
  expect(refusal(await touchstone("import", file, "--as=sums", "--map", other, ...pool))).toEqual({
    exitCode: 2,
    message: expect.stringMatching(/^import-exists: .*Received: sums\./),
  });
});

test.each([
  ["a method that draws otherwise", ["--methods=greedy", "--budgets=1"], /^recorded-only: sums was imported/],
  [
    "a method that continues",
    ["--methods=beam", "--budgets=4"],
    /^recorded-only: .*Received: what beam would continue/,
  ],
  [
    "a method that learns, having no problems to learn from",
    ["--methods=laser", "--budgets=1"],
    /^unknown-split: laser learns from labelled problems .* the dataset sums has no split for that\. Received: train\. .*leave laser out\./,
  ],
  [
    "a budget above what was recorded",
    ["--methods=best-of-n", "--budgets=8"],
    /^budget-above-pool: .* Received: 8\. Give budgets up to 4, better up to 1 .*cannot be drawn again\.$/,
  ],
  ["another seed", ["--methods=single-sample", "--budgets=1", "--seed=1"], /^recorded-only: .* under seed 1\. /],
])("an import refuses %s before anything is run", async (_, flags, message) => {
  const ended = await touchstone("run", "--model=sums", ...flags, ...where);
  expect(refusal(ended)).toEqual({ exitCode: 2, message: expect.stringMatching(message) });
});

test.each([
  [
    ["--as=Sums", "--map=x"],
    /^bad-value: The flag --as takes lower-case letters, digits and dashes\. Received: Sums\./,
  ],
  [["--as=arith", "--map=x"], /^name-taken: A built-in model or dataset has this name\. Received: arith\./],
  [["--as=new", "--map=math-qwem"], /^unknown-mapping: .*Received: math-qwem\. Did you mean `math-qwen`\?/],
])("import with %j is refused", async (flags, message) => {
  const ended = await touchstone("import", file, ...flags, ...pool);
  expect(refusal(ended)).toEqual({ exitCode: 2, message: expect.stringMatching(message) });
});
