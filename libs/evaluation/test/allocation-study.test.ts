import { allocationRow, canonicalJson, defineProcedure, type Method } from "@touchstone/core";
import { ADAPTIVE } from "@touchstone/stats";
import { expect, test } from "vitest";
import { z } from "zod";
import { fill, planRun, planText, resolveSuite, studySuite, type SuiteInput } from "../src/index.ts";
import { filePool, lengthReward, toySetting, vote } from "./toy-world.ts";

const store = filePool();

/** Shares a budget as its parameters say; here it only has to be there. */
const sharer = defineProcedure({
  name: "sharer",
  summary: "Spreads a budget over a batch.",
  reference: { title: "Toy", authors: "ours", year: 2026 },
  needs: { rewards: "one", answers: false, batch: true },
  parameters: z.strictObject({
    exploration: z.number().default(0.75),
    allocation: z.enum(["greedy", "sd-proportional", "lowest-maximum-first", "uniform"]).default(ADAPTIVE.allocation),
    density: z.enum(["kernel", "gaussian", "empirical"]).default(ADAPTIVE.density),
    estimator: z.enum(["exact", "monte-carlo"]).default(ADAPTIVE.estimator),
    paths: z.number().default(ADAPTIVE.paths),
  }),
  decide: (problems) => Promise.resolve(problems.map(() => ({ kind: "abstained", reason: "toy" }))),
}) as Method;
const methods = [sharer, vote as Method];

const SUITE = {
  batch: { size: 2 },
  budgets: { amounts: [12] },
  allocation: { batchSizes: [2, 3, 20], partitions: 2, runs: 3 },
} satisfies Partial<SuiteInput>;

function setting(suite: Partial<SuiteInput> = {}) {
  const rewardModels = [lengthReward("long"), lengthReward("short", { sign: -1 })];
  return toySetting(
    store.pool,
    { ...SUITE, poolSize: 93, seeds: [5], ...suite },
    { methods, problems: 8, rewardModels },
  );
}

test("a suite that studies allocation sizes its pools for it, and refuses smaller ones in words", () => {
  const given = {
    name: "toy",
    datasets: [{ name: "toy" }],
    models: ["toy-policy"],
    rewardModels: ["long"],
    methods: ["sharer"],
    ...SUITE,
  };
  const catalogue = {
    methods,
    datasets: [{ name: "toy", splits: ["test" as const] }],
    models: ["toy-policy"],
    rewardModels: ["long"],
  };
  // d = 9 of 12, all that 20 problems leave (20 · 3) to one, and 24 of the comparator.
  expect(resolveSuite(given, catalogue).suite.poolSize).toBe(93);
  expect(resolveSuite({ ...given, allocation: { batchSizes: [2], budget: 16 } }, catalogue).suite.poolSize).toBe(
    // d = 12, 2 · 4 and 32; four times the largest budget is less.
    52,
  );
  expect(resolveSuite({ ...given, allocation: {} }, catalogue).suite.allocation).toEqual({
    batchSizes: [3, 5, 10, 15, 20],
    partitions: 10,
    runs: 20,
  });
  expect(() => resolveSuite({ ...given, poolSize: 92 }, catalogue)).toThrow(
    /allocation-above-pool: .* 12 samples a problem needs pools of 93, .* the pool holds 92/,
  );
  const tokens = { ...given, budgets: { unit: "tokens", amounts: [500] }, poolSize: 99 };
  expect(() => resolveSuite(tokens, catalogue)).toThrow("allocation-budget-needed: Draws are allocated by number");
});

test("before a run, the plan says what is studied, on pools of which size, and what is not", async () => {
  const entries = [
    "sharer",
    { name: "sharer", parameters: { estimator: "monte-carlo" } },
    { name: "sharer", parameters: { exploration: 0.5 } },
  ];
  const plan = await planRun(setting({ methods: entries, rewardModels: ["long"] }));
  expect(plan.allocation).toHaveLength(1);
  expect(plan.allocation[0]).toMatchObject({
    rewardModel: "long",
    explored: 9,
    samplesPerProblem: 42,
    // Eight problems: four pairs, two triples, and no batch of twenty.
    batches: [
      { size: 2, count: 4 },
      { size: 3, count: 2 },
    ],
  });
  const text = planText(plan).join("\n");
  expect(text).toContain("with long; 2 partitions, 3 plays of each batch\n  4 batches of 2, 2 batches of 3\n");
  expect(text).toContain("pools of at least 42: 9 explored, up to 9 more for one problem, 24 of the comparator");
  expect(text).toContain("sharer is not studied where values are simulated");
  expect(text).toContain("sharer is not studied where it explores 6 of 12 draws a problem: 8 are needed");
  const none = await planRun(setting({ methods: ["vote"] }));
  expect(none.allocation).toEqual([]);
  expect(none.notes.join()).toContain("No method of the suite spreads a shared budget");
});

test("every policy is played with every reward model and batch size, the same each time", async () => {
  const entries = ["sharer", { name: "sharer", parameters: { allocation: "sd-proportional" as const } }];
  const studied = setting({ methods: entries });
  await fill(studied);
  const done: number[] = [];
  const rows = await studySuite(studied, { onProgress: (event) => done.push(event.done / event.total) });
  // Uniform, the entry, its three ablations (one of them is the other entry) and the oracle; six metrics; two sizes, two reward models.
  expect(rows).toHaveLength(6 * 6 * 2 * 2);
  for (const row of rows) expect(allocationRow.parse(row)).toEqual(row);
  const { parameters } = studied.suite.methods[0]!;
  const own = rows.filter((row) => row.policy === "adaptive-best-of-n" && row.metric === "batch_win_rate");
  // As in results.csv, so that the tables can be joined.
  expect(own.map((row) => row.parameters)).toEqual(own.map(() => canonicalJson(parameters)));
  expect(own.map((row) => [row.reward_model, row.batch_size, row.batches])).toEqual([
    ["long", 2, 4],
    ["long", 3, 2],
    ["short", 2, 4],
    ["short", 3, 2],
  ]);
  expect(new Set(rows.map((row) => row.policy))).toEqual(
    new Set(["uniform", "adaptive-best-of-n", "sd-proportional", "lowest-maximum-first", "empirical", "oracle"]),
  );
  expect(done.at(-1)).toBe(1);
  expect(await studySuite(studied)).toEqual(rows);
});

test("a study stops when it is told to, and a suite without one has no rows", async () => {
  const studied = setting();
  await fill(studied);
  await expect(studySuite(studied, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "interrupted" });
  const { allocation: _, ...suite } = studied.suite;
  expect(await studySuite({ ...studied, suite })).toEqual([]);
});
