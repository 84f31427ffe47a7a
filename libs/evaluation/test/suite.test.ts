import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineProcedure, TouchstoneError, type Budget, type Method, type Procedure } from "@touchstone/core";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { contendersOf } from "../src/cells.ts";
import {
  abstentionWarnings,
  parseBudgets,
  readSuiteFile,
  resolveSuite,
  withFlags,
  type Catalogue,
  type SuiteInput,
} from "../src/index.ts";
import { METHODS } from "./toy-world.ts";

const CATALOGUE: Catalogue = {
  methods: METHODS,
  datasets: [{ name: "arith", splits: ["train", "validation", "test"] }],
  models: ["arith"],
  rewardModels: ["arith-good", "arith-small"],
  leadsToModel: (reference) => reference === "./my-model",
};

const GIVEN: SuiteInput = {
  name: "mine",
  datasets: [{ name: "arith", limit: 50 }],
  models: ["arith"],
  rewardModels: ["arith-good"],
  methods: ["vote", { name: "vote", parameters: { unparsable: "vote" } }, "best"],
  budgets: { amounts: [4, 1, 16] },
};

const folder = mkdtempSync(join(tmpdir(), "touchstone-suite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function mistake(suite: unknown): TouchstoneError {
  try {
    resolveSuite(suite, CATALOGUE);
  } catch (error) {
    if (error instanceof TouchstoneError) return error;
    throw error;
  }
  throw new Error("the suite was accepted");
}

/** Decides on two samples or more. */
const timid = {
  ...METHODS[0]!,
  name: "timid",
  needs: {
    ...METHODS[0]!.needs,
    undefinedAt: (_: unknown, { unit, amount }: Budget) =>
      unit === "samples" && amount >= 2 ? undefined : "undefined: two samples are needed",
  },
} as Method;

test("a suite in which no method can decide at any budget is refused, and one in which some cannot is warned about", () => {
  const catalogue = { ...CATALOGUE, methods: [...METHODS, timid] };
  const resolve = (more: object) => resolveSuite({ ...GIVEN, ...more }, catalogue);
  expect(() => resolve({ methods: ["timid"], budgets: { amounts: [1] } })).toThrow(
    /^only-abstains: No method of the suite can decide at any of its budgets\. timid can only abstain at 1 sample: two samples are needed\. Received: 1\. Change the budgets/,
  );
  const warningsOf = (more: object) => abstentionWarnings(resolve(more).suite, catalogue.methods);
  expect(warningsOf({ methods: ["timid"], budgets: { amounts: [1, 2] } })).toEqual([
    "timid can only abstain at 1 sample: two samples are needed.",
  ]);
  expect(warningsOf({ methods: ["timid", "vote"], budgets: { amounts: [1] } })).toHaveLength(1);
  expect(warningsOf({ methods: ["vote"], budgets: { amounts: [1] } })).toEqual([]);
});

test("what was recorded elsewhere cannot be drawn again: lower budgets are advised", () => {
  const catalogue = { ...CATALOGUE, recorded: new Map([["arith", 6]]) };
  const resolve = (more: object) => () => resolveSuite({ ...GIVEN, poolSize: 6, ...more }, catalogue);
  expect(resolve({})).toThrow("Give budgets up to 6, better up to 1 (a quarter of what is there)");
  expect(resolve({ budgets: { amounts: [1, 6] } })).not.toThrow();
  const tuning = { trials: 2, budget: 9 };
  expect(resolve({ budgets: { amounts: [4] }, tuning })).toThrow("Lower the budget of tuning to at most 6");
});

test("every default is filled in, and what was given is kept", () => {
  const { given, suite } = resolveSuite(GIVEN, CATALOGUE);
  expect(given).toBe(GIVEN);
  expect(suite).toEqual({
    name: "mine",
    datasets: [{ name: "arith", split: "test", limit: 50 }],
    models: ["arith"],
    decodings: [{ temperature: 1, topK: 0, topP: 1, maxTokens: 96, stop: [] }],
    rewardModels: ["arith-good"],
    methods: [
      { name: "vote", parameters: { unparsable: "ignore" }, source: "default" },
      { name: "vote", parameters: { unparsable: "vote" }, source: "suite" },
      { name: "best", parameters: {}, source: "default" },
    ],
    budgets: { unit: "samples", amounts: [1, 4, 16], scope: "problem" },
    seeds: [0],
    replicates: 200,
    chains: 1,
    fit: { split: "train", limit: 200 },
    // Four times the largest budget.
    poolSize: 64,
  });
});

test("flags, YAML, JSON and TypeScript come to the same suite", async () => {
  const yaml = `
name: mine
datasets:
  - name: arith
    limit: 50
models: [arith]
rewardModels: [arith-good]
methods:
  - vote
  - name: vote
    parameters: { unparsable: vote }
  - best
budgets: { amounts: [4, 1, 16] }
`;
  const expected = resolveSuite(GIVEN, CATALOGUE).suite;
  const json = JSON.stringify({ $schema: "./suite.schema.json", ...GIVEN }, null, 2);
  const sources = [
    await readSuiteFile(file("mine.yaml", yaml)),
    await readSuiteFile(file("mine.json", json)),
    await readSuiteFile(file("mine.ts", `const suite: object = ${json};\nexport default suite;\n`)),
    withFlags(
      { methods: GIVEN.methods },
      {
        name: "mine",
        datasets: ["arith"],
        limit: 50,
        models: ["arith"],
        rewardModels: ["arith-good"],
        methods: ["vote", "best"],
        budgets: parseBudgets("1, 4,16"),
      },
    ),
  ];
  for (const source of sources) expect(resolveSuite(source, CATALOGUE).suite).toEqual(expected);
});

test("flags alone make a suite, and flags replace a suite's own", () => {
  const alone = withFlags(undefined, { datasets: ["arith"], models: ["arith"], methods: ["vote"], budgets: [1, 4] });
  expect(resolveSuite(alone, CATALOGUE).suite).toMatchObject({ name: "custom", poolSize: 16, rewardModels: [] });
  const over = withFlags(GIVEN, { limit: 10, split: "validation", budgets: [2], seeds: [1, 2], poolSize: 40, topK: 5 });
  expect(resolveSuite(over, CATALOGUE).suite).toMatchObject({
    name: "mine",
    datasets: [{ name: "arith", split: "validation", limit: 10 }],
    decodings: [{ temperature: 1, topK: 5 }],
    budgets: { amounts: [2] },
    seeds: [1, 2],
    poolSize: 40,
  });
});

test.each<[string, Partial<Record<keyof SuiteInput, unknown>>, string, string]>([
  [
    "an unknown method",
    { methods: ["bset"] },
    "unknown-method",
    "Did you mean `best`? Known methods: best, best-by-replicates, vote, greedy.",
  ],
  ["an unknown dataset", { datasets: [{ name: "arit" }] }, "unknown-dataset", "Did you mean `arith`?"],
  [
    "a split that the dataset lacks",
    { datasets: [{ name: "arith", split: "shift" }] },
    "unknown-split",
    "train, validation, test",
  ],
  ["an unknown model", { models: ["llama"] }, "unknown-model", "Known models: arith."],
  [
    "a reward model in a policy's place",
    { models: ["arith-good"] },
    "unknown-model",
    "This is a reward model, not a language model.",
  ],
  ["an unknown reward model", { rewardModels: ["arith-goood"] }, "unknown-reward-model", "Did you mean `arith-good`?"],
  [
    "a method that needs a reward model and gets none",
    { rewardModels: [] },
    "reward-model-needed",
    "The method best decides by rewards",
  ],
  ["a budget of nothing", { budgets: { amounts: [0] } }, "bad-budget", "`budgets.amounts[0]` must be above 0"],
  ["half a sample", { budgets: { amounts: [1.5] } }, "bad-budget", "Received: 1.5."],
  ["a budget that is no number", { budgets: { amounts: ["many"] } }, "bad-budget", "Received: many."],
  [
    "a repeated budget",
    { budgets: { amounts: [1, 1] } },
    "bad-budget",
    "`budgets.amounts[1]` names the same amount twice",
  ],
  [
    "a budget above the pool",
    { budgets: { amounts: [1, 64] }, poolSize: 32 },
    "budget-above-pool",
    "A budget of 64 samples cannot be spent on a pool of 32",
  ],
  ["tokens without a pool size", { budgets: { unit: "tokens", amounts: [100] } }, "pool-size-needed", "--pool"],
  [
    "a shared budget without a batch",
    { budgets: { amounts: [1], scope: "batch" } },
    "batch-needed",
    "by how many problems",
  ],
  [
    "a parameter's value that the method refuses",
    { methods: [{ name: "vote", parameters: { unparsable: "maybe" } }] },
    "bad-parameters",
    "`unparsable` Invalid option",
  ],
  [
    "a parameter that the method does not have",
    { methods: [{ name: "vote", parameters: { beta: 1 } }] },
    "bad-parameters",
    "beta",
  ],
  [
    "a default written out beside the default",
    { methods: ["vote", { name: "vote", parameters: { unparsable: "ignore" } }] },
    "duplicate-method",
    "appears twice",
  ],
  ["a repeated seed", { seeds: [1, 1] }, "invalid-suite", "`seeds[1]` names the same seed twice"],
  ["too few replicates", { replicates: 10 }, "invalid-suite", "must be at least 200"],
  ["a temperature of zero", { decodings: [{ temperature: 0 }] }, "invalid-suite", "that is the method `greedy`"],
  ["a field that does not exist", { budget: [1] } as never, "invalid-suite", "budget"],
  ["a missing field", { models: undefined }, "invalid-suite", "`models`"],
])("%s is refused before any work", (_name, changes, code, says) => {
  const error = mistake({ ...GIVEN, ...changes });
  expect(error.code).toBe(code);
  expect(error.message).toContain(says);
  expect(error.exitCode).toBe(2);
});

test("a model may be given by its folder", () => {
  expect(resolveSuite({ ...GIVEN, models: ["./my-model"] }, CATALOGUE).suite.models).toEqual(["./my-model"]);
});

test("what is no suite at all is refused as one", () => {
  for (const nothing of [undefined, null, "quick", [1]])
    expect(mistake(withFlags(nothing ?? null, {})).code).toBe("invalid-suite");
});

test.each([
  ["1,x", "Received: 1,x."],
  ["", "A budget in samples is a whole number of at least 1."],
  ["4,,16", "Give budgets such as"],
])("budgets spelled %j are refused", (text, says) => {
  expect(() => parseBudgets(text)).toThrow(says);
});

test.each([
  ["there is no such file", () => join(folder, "absent.yaml"), "there is no such file"],
  ["its ending", () => file("suite.txt", ""), "its ending is none of"],
  ["it is not YAML", () => file("broken.yaml", "name: [1"), "line 1"],
  ["nothing is exported", () => file("empty.ts", "export const a = 1;\n"), "no default export"],
  ["it throws", () => file("throws.ts", "throw new Error('as it was asked');\n"), "as it was asked"],
])("a suite file that cannot be read says why: %s", async (_name, path, says) => {
  await expect(readSuiteFile(path())).rejects.toMatchObject({ code: "unreadable-suite", family: "usage" });
  await expect(readSuiteFile(path())).rejects.toThrow(says);
});

test("a method may be run with some of the suite's reward models, and only with those it reads", () => {
  const methods = [{ name: "best", rewardModels: ["arith-small"] }, "vote"];
  const both = { ...GIVEN, rewardModels: ["arith-good", "arith-small"] };
  const { suite } = resolveSuite({ ...both, methods }, CATALOGUE);
  const place = { dataset: "arith", model: "arith", decoding: "" };
  const contenders = contendersOf(suite, METHODS, ["arith-good", "arith-small"], place);
  expect(contenders.map(({ method, rewardModel }) => [method.name, rewardModel])).toEqual([
    ["best", "arith-small"],
    ["vote", ""],
  ]);
  expect(mistake({ ...GIVEN, methods }).message).toContain(
    "unknown-reward-model: The method best is to be run with a reward model that the suite does not name.",
  );
  expect(mistake({ ...both, methods: [{ name: "vote", rewardModels: ["arith-small"] }] }).message).toContain(
    "reward-model-not-read: The method vote reads no reward model",
  );
});

test("a pool holds what one problem of a batch may be given, or the suite is refused before anything is drawn", () => {
  const sharing = defineProcedure<{ all: boolean }>({
    name: "sharing",
    summary: "May give one problem all but a sample of each other's.",
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: {
      rewards: "none",
      answers: false,
      batch: true,
      mostOfOne: ({ all }: { all: boolean }, amount, batchSize) => (all ? amount * batchSize : amount),
    },
    parameters: z.strictObject({ all: z.boolean().default(true) }),
    decide: async () => [],
  }) as Procedure;
  const catalogue = { ...CATALOGUE, methods: [...METHODS, sharing] };
  const shared = { ...GIVEN, methods: ["sharing", "vote"], batch: { size: 10 } };
  expect(resolveSuite(shared, catalogue).suite.poolSize).toBe(160);
  const modest = { ...shared, methods: [{ name: "sharing", parameters: { all: false } }] };
  expect(resolveSuite(modest, catalogue).suite.poolSize).toBe(64);
  expect(() => resolveSuite({ ...shared, poolSize: 100 }, catalogue)).toThrow(
    /shared-budget-above-pool: sharing may give one problem 160 samples .* holds 100\. Received: 100\. .*at least 160/,
  );
});
