import { curveRow } from "@touchstone/core";
import { expect, test } from "vitest";
import { curveRows } from "../src/rows.ts";

test("curves become rows by step, with what is not a number left empty", () => {
  const scene = {
    suite: "s",
    dataset: "d",
    split: "test",
    model: "m",
    decoding: "t=1",
    unit: "samples" as const,
    problems: [],
    clusters: [],
    batchSize: 1,
    batches: 0,
  };
  const contender = { method: { name: "laser" }, parameters: "{}", rewardModel: "a+b" };
  const fits = [{ contender, budget: 8, curves: { regret: [0, 0.5], other: [Number.NaN] } }];
  const rows = curveRows(scene, fits, 3);
  expect(rows.map(({ name, step, value }) => [name, step, value])).toEqual([
    ["regret", 1, 0],
    ["regret", 2, 0.5],
    ["other", 1, null],
  ]);
  for (const row of rows) expect(curveRow.parse(row)).toMatchObject({ method: "laser", budget: 8, seed: 3 });
});
