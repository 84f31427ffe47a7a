import { canonicalJson, defineSelector, type Method, type QuestionRow, type TuningRow } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { cellOf, type SettingTables } from "../../src/claims/cells.ts";
import { defineClaim, type Claim, type ClaimSetting, type PairedCase } from "../../src/claims/claim.ts";
import { familyOf, judge, type Evidence } from "../../src/claims/judge.ts";
import { suiteOf, worksOf } from "../../src/claims/suite-of.ts";

const method = (name: string, rewards: "none" | "one"): Method =>
  defineSelector({
    name,
    summary: name,
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: { rewards, answers: false },
    parameters: z.strictObject({ use: z.enum(["a", "b"]).default("a"), beta: z.number().default(1) }),
    select: (drawn) => ({ kind: "selected", weights: new Float64Array(drawn.size).fill(1 / drawn.size) }),
  }) as Method;
const METHODS = [method("vote", "none"), method("best", "one")];

const SETTING: ClaimSetting = {
  name: "toy-setting",
  dataset: "toy",
  model: "policy",
  rewardModels: ["good", "bad"],
  problems: 400,
  pool: 64,
  unit: "samples",
  tuning: { problems: 200, trials: 8 },
};

const setting = { suite: "s", dataset: "toy", model: "policy", decoding: "t=1", budget_unit: "samples" } as const;

interface Cell {
  readonly method?: string;
  readonly parameters?: object;
  readonly source?: QuestionRow["parameters_source"];
  readonly rewardModel?: string;
  readonly budget?: number;
}

function questions(values: readonly number[], cell: Cell = {}): QuestionRow[] {
  const { method: name = "vote", parameters = {}, source = "default", rewardModel = "", budget = 4 } = cell;
  return values.map((estimate, i) => ({
    ...setting,
    split: "test",
    method: name,
    kind: "method",
    parameters: canonicalJson({ use: "a", beta: 1, ...parameters }),
    parameters_source: source,
    reward_model: rewardModel,
    budget,
    metric: "accuracy",
    problem: `p${i}`,
    cluster: `c${i}`,
    estimate,
    replicates: 0,
    monte_carlo_error: 0,
    abstained: 0,
  }));
}

function trial(number: number, parameters: object, chosen: boolean, rewardModel = ""): TuningRow {
  return {
    ...setting,
    split: "validation",
    method: rewardModel === "" ? "vote" : "best",
    reward_model: rewardModel,
    trial: number,
    parameters: canonicalJson({ use: "a", beta: 1, ...parameters }),
    chosen,
    budget: 4,
    metric: "accuracy",
    estimate: 0.5,
    standard_error: null,
    problems: 2,
    seeds: 1,
    prompt_tokens: 1,
    completion_tokens: 1,
    reward_tokens: 1,
    rounds: 1,
    flops: 1,
  };
}

const tables = (rows: readonly QuestionRow[], tuning: readonly TuningRow[] = []): SettingTables => ({
  questions: rows,
  tuning,
  decodings: ["t=1"],
});

const claim = (parts: PairedCase["parts"], changes: Partial<Claim> = {}): Claim =>
  defineClaim({
    id: "toy-1",
    paper: "Toy",
    sentence: "one is better",
    comparison: "one against the other",
    metric: "accuracy",
    delta: 0.01,
    verdictOf: "validation",
    measure: { kind: "paired", cases: [{ setting: SETTING, rewardModel: "good", parts }] },
    ...changes,
  });

const evidence = (test_: SettingTables, validation = test_): Evidence => ({
  methods: METHODS,
  tables: (_, on) => (on === "test" ? test_ : validation),
  rewards: () => [],
  choices: () => [],
  trained: () => ({ smoke: false, tables: {} }),
  planted: (name) => (name === "good" ? null : "A flaw."),
  descriptive: false,
});

test("a cell is found by its parameters, and its validation row by the trial that was chosen for its own entry", () => {
  const run = tables(
    [
      ...questions([1]),
      ...questions([0.25], { parameters: { use: "b" } }),
      ...questions([0.75], { parameters: { beta: 3 }, source: "validation" }),
      ...questions([0.5], { parameters: { use: "b", beta: 5 }, source: "validation" }),
    ],
    [
      trial(0, {}, false),
      trial(1, { beta: 3 }, true),
      trial(0, { use: "b" }, false),
      trial(1, { use: "b", beta: 5 }, true),
    ],
  );
  const find = (parameters: Record<string, unknown> | undefined, row: "validation" | "comparison") =>
    cellOf(run, METHODS, { method: "vote", budget: 4, ...(parameters ? { parameters } : {}) }, row);
  expect(find(undefined, "comparison")).toMatchObject({ mean: 1, tuned: false, label: "vote at 4" });
  expect(find(undefined, "validation")).toMatchObject({ mean: 0.75, tuned: true, label: "vote (beta 3) at 4" });
  expect(find({ use: "b" }, "validation")).toMatchObject({ mean: 0.5, label: "vote (beta 5, use b) at 4" });
  expect(() => find({ use: "b", beta: 9 }, "comparison")).toThrow(/no cell vote .*"beta":9.* at 4/);
});

test("the verdict is that of the validation row, and the other is shown beside it", () => {
  const flat = questions([0.5, 0.4, 0.5, 0.4], { method: "best", rewardModel: "good" });
  const run = tables(
    [
      ...questions([0.5, 0.5, 0.4, 0.4]),
      ...questions([0.9, 0.91, 0.8, 0.81], { parameters: { beta: 2 }, source: "validation" }),
      ...flat,
    ],
    [trial(0, {}, false), trial(1, { beta: 2 }, true)],
  );
  const parts = [{ left: { method: "vote", budget: 4 }, right: { method: "best", budget: 4 } }];
  const [found] = judge(claim(parts), [0], evidence(run));
  expect(found).toMatchObject({ outcome: "reproduced", place: "toy, good", planted: null });
  expect(found!.rows.map(({ row, estimate }) => [row, Number(estimate.toFixed(6))])).toEqual([
    ["validation", 0.405],
    ["comparison", 0],
  ]);
  const [fixed] = judge(claim(parts, { verdictOf: "comparison" }), [0], evidence(run));
  expect(fixed!.outcome).not.toBe("reproduced");
  const [smaller] = judge(claim(parts), [0], { ...evidence(run), descriptive: true });
  expect(smaller).toMatchObject({ outcome: "descriptive", p: Number.NaN });
});

test("a side can be the cell that validation scores highest or lowest", () => {
  const at = (values: readonly number[], budget: number) =>
    questions(values, { method: "best", rewardModel: "good", budget });
  const test_ = tables([...at([0.1, 0.2], 1), ...at([0.6, 0.8], 4), ...at([0.5, 0.4], 16)]);
  const validation = tables([...at([0.9], 1), ...at([0.2], 4), ...at([0.7], 16)]);
  const cells = [1, 4, 16].map((budget) => ({ method: "best", budget }));
  const [found] = judge(
    claim([{ left: { highest: cells }, right: { lowest: cells } }]),
    [0],
    evidence(test_, validation),
  );
  expect(found!.rows).toHaveLength(1);
  expect(found!.rows[0]).toMatchObject({ left: "best (good) at 1", right: "best (good) at 4" });
  expect(found!.rows[0]!.estimate).toBeCloseTo(0.15 - 0.7, 12);
});

test("a claim of two parts has the verdict of both", () => {
  const same = [0.5, 0.4, 0.5, 0.6];
  const at = (values: readonly number[], budget: number) => questions(values, { budget });
  const run = tables([...at([0.9, 0.8, 0.9, 1], 4), ...at(same, 1), ...at(same, 2)]);
  const cell = (budget: number) => ({ method: "vote", budget });
  const better = { left: cell(4), right: cell(1) };
  const level = { left: cell(2), right: cell(1), level: true };
  expect(judge(claim([better, level]), [0], evidence(run))[0]).toMatchObject({ outcome: "reproduced" });
  expect(judge(claim([better, { ...level, level: false }]), [0], evidence(run))[0]!.outcome).toBe("not reproduced");
});

test("what is run elsewhere says why", () => {
  const elsewhere = claim([], { measure: { kind: "elsewhere", needs: "race", why: "the unit is the cell" } });
  expect(judge(elsewhere, [], evidence(tables([])))).toMatchObject([
    { outcome: "not run here", reason: "needs race: the unit is the cell" },
  ]);
});

test("a problem is of the family that most of its kinds of constraint are of", () => {
  const families = { form: ["lines", "mark"], words: ["use", "avoid"] };
  expect(familyOf("note.lines.mark.use", families)).toBe("form");
  expect(familyOf("note.lines.use", families)).toBe("mixed");
  expect(familyOf("note", families)).toBe("mixed");
});

test("the claims of a setting share one suite, which tunes on validation and never reports it", () => {
  const parts = [
    { left: { method: "vote", budget: 4 }, right: { method: "best", budget: 4 } },
    {
      left: { highest: [{ method: "best", budget: 16 }] },
      right: { method: "vote", parameters: { use: "b" }, budget: 4 },
    },
  ];
  const [work, ...others] = worksOf([claim(parts), claim(parts.slice(0, 1))]);
  expect(others).toEqual([]);
  const suite = suiteOf(work!.setting, work!.cells, { on: "test", methods: METHODS });
  expect(suite).toMatchObject({
    name: "toy-setting",
    datasets: [{ name: "toy", split: "test", limit: 400 }],
    methods: [{ name: "vote" }, { name: "best" }, { name: "vote", parameters: { use: "b" } }],
    budgets: { unit: "samples", amounts: [4, 16] },
    // No cell reads the other.
    rewardModels: ["good"],
    poolSize: 64,
    tuning: { limit: 200, trials: 8 },
  });
  const small = suiteOf(work!.setting, work!.candidates, {
    on: "validation",
    methods: METHODS,
    scale: { problems: 12 },
  });
  expect(small).toMatchObject({
    name: "toy-setting-validation",
    datasets: [{ name: "toy", split: "validation", limit: 12 }],
    methods: [{ name: "best" }],
  });
  expect(small).not.toHaveProperty("tuning");
});
