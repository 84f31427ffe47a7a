import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { buildScoreGraph } from "../src/index.ts";
import { published } from "./published.ts";
import { randomModel } from "./random-model.ts";
import { open } from "./session.ts";

/** By numpy/forward.py, which says how it was run. */
const expected = JSON.parse(readFileSync(join(import.meta.dirname, "numpy", "expected.json"), "utf8")) as Readonly<
  Record<string, readonly number[]>
>;
const ids = Array.from({ length: 40 }, (_, i) => (7 * i * i + 3 * i) % 48);

it("has values for every published configuration", () => {
  expect(Object.keys(expected)).toEqual(Object.keys(published));
});

it.each(Object.entries(published))("%s: scores are those that numpy computes", async (name, json) => {
  const model = randomModel({ ...json }, 5, 1.5);
  const score = await open(model, buildScoreGraph(model, { target: "cpu" }));
  const { log_probability: scored } = await score({
    input_ids: { int: ids, dims: [1, ids.length] },
    start: { int: [1], dims: [] },
    temperature: { float: [1], dims: [] },
  });
  const differences = expected[name]!.map((value, i) => Math.abs(value - scored!.data[i]!));
  expect(differences).toHaveLength(ids.length - 1);
  expect(Math.max(...differences)).toBeLessThan(3e-4);
});
