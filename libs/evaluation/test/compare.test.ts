import { expect, test } from "vitest";
import type { CellResult } from "../src/cell-record.ts";
import { compareAtBudget } from "../src/compare.ts";
import type { Scene } from "../src/rows.ts";
import { NOTHING_SPENT } from "@touchstone/core";

const SCENE: Scene = {
  suite: "s",
  dataset: "d",
  split: "test",
  model: "m",
  decoding: "t=1",
  unit: "samples",
  problems: ["a", "b", "c", "d"],
  clusters: ["1", "1", "2", "2"],
};

function cell(method: string, accuracies: readonly number[], reward_model = ""): CellResult {
  return {
    head: { method, kind: "method", parameters: "{}", parameters_source: "default", reward_model },
    budget: 4,
    n: 4,
    flag: "",
    metrics: ["accuracy"],
    batches: { size: 1, count: 4 },
    problems: accuracies.map((accuracy) => ({
      outcome: {
        accuracy,
        accuracyError: 0,
        proxy: Number.NaN,
        proxyError: 0,
        abstained: 0,
        replicates: 0,
        diagnostics: new Map(),
      },
      spend: NOTHING_SPENT,
      unparsable: 0,
      truncated: 0,
      failed: 0,
    })),
  };
}

const A = cell("a", [1, 1, 0.75, 0.25]);
const B = cell("b", [0.5, 0.5, 0.75, 0.25]);

test("the paired comparison with the best is the one derived by hand", () => {
  const [row, ...others] = compareAtBudget(SCENE, 4, [[B, A]], []);
  expect(others).toEqual([]);
  // Differences .5 .5 0 0, mean .25; residuals by cluster: .25 + .25 = .5 and −.5, so SE = √(2/1 · (.25 + .25))/4 = .25.
  // t = 1 with 1 degree of freedom (Cauchy): p = 1 − (2/π) · arctan(1) = .5; t quantile at .975 is tan(.475 π) = 12.7062.
  expect(row).toMatchObject({ best: "a", method: "b", difference: 0.25, tied: true, problems: 4, clusters: 2 });
  expect(row!.standard_error).toBeCloseTo(0.25, 12);
  expect(row!.p_value).toBeCloseTo(0.5, 6);
  expect(row!.p_adjusted).toBeCloseTo(0.5, 6);
  expect(row!.ci_low).toBeCloseTo(0.25 - 12.7062 * 0.25, 3);
  expect(row!.ci_high).toBeCloseTo(0.25 + 12.7062 * 0.25, 3);
  // t quantile at .8 with 1 degree of freedom is tan(.3 π) = 1.37638.
  expect(row!.minimum_detectable_difference).toBeCloseTo((12.7062 + 1.37638) * 0.25, 3);
  // Deviations of a: .25 .25 0 −.5; of b: 0 0 .25 −.25. Σab = .125, Σa² = .375, Σb² = .125.
  expect(row!.correlation).toBeCloseTo(0.125 / Math.sqrt(0.375 * 0.125), 12);
});

test("seeds are averaged by problem before methods are compared", () => {
  const other = cell("b", [0.1, 0.9, 0.25, 0.75]);
  const [row] = compareAtBudget(
    SCENE,
    4,
    [
      [A, B],
      [A, other],
    ],
    [],
  );
  // Means of b over seeds: .3 .7 .5 .5; differences .7 .3 .25 −.25.
  expect(row!.difference).toBeCloseTo(0.25, 12);
});

test("p-values are adjusted within one reward model's group, which holds the methods that read it or none", () => {
  const cells = [
    A,
    B,
    cell("c", [0, 0, 0, 0], "r"),
    cell("d", [0.5, 0.25, 0.5, 0.25], "q"),
    cell("e", [0, 0, 0, 1], "q+r"),
  ];
  const rows = compareAtBudget(SCENE, 4, [cells], ["q", "r"]);
  expect(rows.filter((row) => row.reward_model === "q").map((row) => row.method)).toEqual(["b", "d", "e"]);
  expect(rows.filter((row) => row.reward_model === "r").map((row) => row.method)).toEqual(["b", "c", "e"]);
  for (const group of ["q", "r"]) {
    const members = rows.filter((row) => row.reward_model === group);
    const smallest = members.reduce((least, row) => (row.p_value! < least.p_value! ? row : least));
    // Holm: the smallest of three is multiplied by three.
    expect(smallest.p_adjusted).toBeCloseTo(Math.min(1, 3 * smallest.p_value!), 12);
  }
});

test("reference lines and cells without samples take no part", () => {
  const oracle = cell("oracle", [1, 1, 1, 1]);
  const reference = { ...oracle, head: { ...oracle.head, kind: "reference" as const } };
  expect(compareAtBudget(SCENE, 4, [[A, reference, { ...B, problems: [] }]], [])).toEqual([]);
});

test("methods that decide alike are tied with p = 1; a difference without any spread is not", () => {
  const better = cell("better", [1, 1, 1, 1]);
  const alike = cell("alike", [1, 1, 1, 1]);
  const worse = cell("worse", [0.5, 0.5, 0.5, 0.5]);
  const rows = compareAtBudget(SCENE, 4, [[better, alike, worse]], []);
  expect(rows.find((row) => row.method === "alike")).toMatchObject({ p_value: 1, tied: true });
  expect(rows.find((row) => row.method === "worse")).toMatchObject({ difference: 0.5, p_value: 0, tied: false });
});
