import { defineSelector, type Method, type QuestionRow } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  defineClaim,
  type Claim,
  type ClaimSetting,
  type TrainedCurve,
  type TrainedPart,
  type TrainedSide,
} from "../../src/claims/claim.ts";
import { judge, type Evidence } from "../../src/claims/judge.ts";
import type { ResultRow, TrainedResults } from "../../src/claims/trained.ts";

const claim = (part: TrainedPart, changes: Partial<Claim> = {}): Claim =>
  defineClaim({
    id: "toy-1",
    paper: "Toy",
    sentence: "one trains better",
    comparison: "one against the other",
    metric: "gold",
    delta: 0.1,
    verdictOf: "validation",
    measure: { kind: "trained", cases: [{ experiment: "toy", dataset: "world", rewardModel: "", parts: [part] }] },
    ...changes,
  });

function verdictOn(part: TrainedPart, results: TrainedResults, changes: Partial<Claim> = {}) {
  const evidence: Evidence = {
    methods: [],
    tables: () => ({ questions: [], tuning: [], decodings: [] }),
    rewards: () => [],
    choices: () => [],
    trained: () => results,
    planted: () => null,
    descriptive: false,
  };
  return judge(claim(part, changes), [0], evidence)[0]!;
}

const table = (rows: readonly ResultRow[], smoke = false): TrainedResults => ({ smoke, tables: { "t.csv": rows } });
const side = (row: string): TrainedSide => ({
  label: row,
  terms: [{ weight: 1, of: { table: "t.csv", where: { row, noise: 0 }, column: "value" } }],
});
const rows = (row: string, values: readonly number[]): ResultRow[] =>
  values.map((value, i) => ({ row, noise: "0", seed: String(i + 1), value: String(value) }));
const DIFFERENCE: TrainedPart = { left: side("a"), right: side("b") };

test("policies are paired by seed", () => {
  const found = verdictOn(
    DIFFERENCE,
    table([...rows("a", [2, 2.5, 3, 3.5, 4]), ...rows("b", [1, 1.5, 2, 2.5, 3.5]), ...rows("c", [99])]),
  );
  // Differences 1, 1, 1, 1, .5: mean .9, standard deviation √.05, standard error .1; t with 4 degrees of freedom 2.776445.
  const [row] = found.rows;
  expect(found.outcome).toBe("reproduced");
  expect(row).toMatchObject({ row: "validation", n: 5, unit: "seeds", left: "a", right: "b", leftMean: 3 });
  expect(row!.estimate).toBeCloseTo(0.9, 12);
  expect(row!.standardError).toBeCloseTo(0.1, 12);
  expect(row!.low).toBeCloseTo(0.9 - 0.2776445105, 8);
});

test("a seed that one side has no number for is left out", () => {
  const gap = rows("b", [0, 0, 0, 0, 0, 0]).map((row, i) => (i === 2 ? { ...row, value: "" } : row));
  expect(verdictOn(DIFFERENCE, table([...rows("a", [1, 1, 1, 1, 1, 1, 1]), ...gap])).rows[0]!.n).toBe(5);
});

test("fewer than five seeds, or an experiment that calls itself too small, decide nothing and say why", () => {
  const few = verdictOn(DIFFERENCE, table([...rows("a", [1, 2, 1, 2]), ...rows("b", [0, 0, 0, 0])]));
  expect(few).toMatchObject({ outcome: "descriptive", reason: "4 of the 5 seeds that a verdict needs", p: Number.NaN });
  expect(few.rows[0]!.estimate).toBe(1.5);
  const smoke = verdictOn(DIFFERENCE, table([...rows("a", [1, 2, 1, 2, 1]), ...rows("b", [0, 0, 0, 0, 0])], true));
  expect(smoke).toMatchObject({ outcome: "descriptive", reason: "toy is too small for a verdict" });
});

test("a cell that finds several rows of one seed is a mistake of the claim", () => {
  const twice = table([...rows("a", [1]), ...rows("a", [1]), ...rows("b", [1])]);
  expect(() => verdictOn(DIFFERENCE, twice)).toThrow(/several rows of seed 1/);
});

const curve = (row: string): TrainedCurve => ({
  label: row,
  table: "t.csv",
  where: { row },
  column: "gold",
  along: "iteration",
  cost: "tokens",
});
const SAVING: TrainedPart = { saving: { left: curve("one"), right: curve("all") } };

/** Gold by iteration, at so many tokens an iteration, for seeds that differ a little in what they cost. */
function path(row: string, gold: readonly number[], tokens: number, seeds = 5): ResultRow[] {
  return Array.from({ length: seeds }, (_, seed) =>
    gold.map((value, iteration) => ({
      row,
      seed: String(seed),
      iteration: String(iteration),
      gold: String(value),
      tokens: String(iteration * tokens * (1 + (row === "one" ? seed / 100 : 0))),
    })),
  ).flat();
}

test("a saving is what is left of the rival's cost until its final level is reached, linear between evaluations", () => {
  // The rival ends at .4, which it first reaches after 4 iterations of 100 tokens; the other crosses .4 halfway
  // between its 2nd and 3rd evaluation of 25 tokens each: 62.5 of 400.
  const found = verdictOn(
    SAVING,
    table([...path("one", [0, 0.1, 0.3, 0.5, 0.2], 25), ...path("all", [0, 0.1, 0.2, 0.3, 0.4], 100)]),
  );
  const mean = 1 - (62.5 * 1.02) / 400;
  expect(found.outcome).toBe("reproduced");
  expect(found.rows[0]!.estimate).toBeCloseTo(mean, 12);
  expect(found.rows[0]).toMatchObject({ leftMean: 62.5 * 1.02, rightMean: 400 });
});

test("seeds that never get there count as no saving, are named, and can never make a claim hold", () => {
  const reached = path("one", [0, 0.5], 25);
  const missed = path("one", [0, 0.1], 25).filter(({ seed }) => seed === "4");
  const found = verdictOn(
    SAVING,
    table([...reached.filter(({ seed }) => seed !== "4"), ...missed, ...path("all", [0, 0.4], 100)]),
  );
  expect(found.rows[0]!.estimate).toBeGreaterThan(0.5);
  expect(found).toMatchObject({
    outcome: "undecided",
    needed: null,
    reason: "1 of 5 seeds never got there and count as no saving",
  });
  const none = verdictOn(SAVING, table([...path("one", [0, 0.1], 25), ...path("all", [0, 0.4], 100)]));
  expect(none).toMatchObject({ outcome: "not reproduced", rows: [{ estimate: 0 }] });
});

test("where the rival ended no higher than it began there is nothing to reach", () => {
  const found = verdictOn(SAVING, table([...path("one", [0.4, 0.5], 25), ...path("all", [0.4, 0.3], 100)]));
  expect(found).toMatchObject({ outcome: "descriptive", rows: [{ n: 0 }] });
  expect(found.reason).toContain("in 5 of 5 seeds the rival ended no higher than it began: left out");
});

test("a method without training stands beside every seed, on the problems that both were evaluated on", () => {
  const setting: ClaimSetting = {
    name: "toy-setting",
    dataset: "world",
    model: "policy",
    rewardModels: [],
    problems: 3,
    pool: 4,
    unit: "samples",
  };
  const part: TrainedPart = {
    left: { setting, cell: { method: "vote", budget: 4 } },
    right: {
      label: "trained",
      terms: [{ weight: 1, of: { table: "t.csv", where: {}, column: "accuracy", problem: "problem" } }],
    },
  };
  const questions = ["p0", "p1", "p2"].map((problem, i) => questionOf(problem, [1, 0.5, 0][i]!));
  // The trained policy was not evaluated on p2, nor the other on p9.
  const results = table(
    [0, 1, 2, 3, 4].flatMap((seed) =>
      (["p0", "p1", "p9"] as const).map((problem) => ({
        seed: String(seed),
        problem,
        accuracy: problem === "p9" ? "1" : String(0.25 + 0.01 * seed),
      })),
    ),
  );
  const evidence: Evidence = {
    methods: [METHOD],
    tables: () => ({ questions, tuning: [], decodings: ["t=1"] }),
    rewards: () => [],
    choices: () => [],
    trained: () => results,
    planted: () => null,
    descriptive: false,
  };
  const [found] = judge(claim(part), [0], evidence);
  expect(found!.rows).toHaveLength(1);
  expect(found!.rows[0]).toMatchObject({
    left: "vote at 4",
    right: "trained",
    leftMean: 0.75,
    n: 5,
    row: "comparison",
  });
  expect(found!.rows[0]!.estimate).toBeCloseTo(0.75 - 0.27, 12);
  expect(found!.outcome).toBe("reproduced");
});

const METHOD: Method = defineSelector({
  name: "vote",
  summary: "vote",
  reference: { title: "Toy", authors: "ours", year: 2026 },
  needs: { rewards: "none", answers: false },
  parameters: z.strictObject({}),
  select: ({ size }) => ({ kind: "selected", weights: new Float64Array(size).fill(1 / size) }),
}) as Method;

function questionOf(problem: string, estimate: number): QuestionRow {
  return {
    suite: "s",
    dataset: "world",
    split: "test",
    model: "policy",
    decoding: "t=1",
    method: "vote",
    kind: "method",
    parameters: "{}",
    parameters_source: "default",
    reward_model: "",
    budget_unit: "samples",
    budget: 4,
    metric: "accuracy",
    problem,
    cluster: problem,
    estimate,
    replicates: 0,
    monte_carlo_error: 0,
    abstained: 0,
  };
}
