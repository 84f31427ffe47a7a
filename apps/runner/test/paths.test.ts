import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withFixedPaths } from "../src/catalogue.ts";
import { PLACES } from "../src/places.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-paths-"));
const own = join(folder, "own-model");
beforeAll(() => mkdirSync(own));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixed = (model: string) => (withFixedPaths({ models: [model] }) as { models: string[] }).models[0];

test("a built-in model is its name, whichever way it is given: a manifest then means the same on every machine", () => {
  for (const path of ["arith", join(PLACES.models, "arith"), relative(process.cwd(), join(PLACES.models, "arith"))]) {
    expect(fixed(path)).toBe("arith");
  }
});

test("any other model folder is its absolute path, also where it is given without a slash", () => {
  expect(fixed(relative(process.cwd(), own))).toBe(own);
  const before = process.cwd();
  process.chdir(folder);
  try {
    expect(fixed("own-model")).toBe(own);
  } finally {
    process.chdir(before);
  }
});

test("datasets and methods name models as the suite does, and a model of the hub stays as it is", () => {
  const [path, hub] = [relative(process.cwd(), own), "org/rm@v1"];
  const suite = {
    rewardModels: [path, hub],
    datasets: [{ name: "arith", rewardModels: [path] }],
    methods: ["majority-vote", { name: "best-of-n", rewardModels: [hub, path] }],
  };
  expect(withFixedPaths(suite)).toEqual({
    rewardModels: [own, hub],
    datasets: [{ name: "arith", rewardModels: [own] }],
    methods: ["majority-vote", { name: "best-of-n", rewardModels: [hub, own] }],
  });
});

test("what leads nowhere stays as it is, for the message to show what was typed", () => {
  expect(fixed("no/such/model")).toBe("no/such/model");
  expect(fixed("arit")).toBe("arit");
});

test("a dataset's manifest is its absolute path; a dataset's name stays", () => {
  const suite = withFixedPaths({ datasets: [{ name: "some/sums.json", limit: 2 }, { name: "arith" }] });
  expect(suite).toEqual({
    datasets: [{ name: join(process.cwd(), "some/sums.json"), limit: 2 }, { name: "arith" }],
  });
});

test("what is no suite is left for the suite's own check", () => {
  expect(withFixedPaths("quick")).toBe("quick");
  expect(withFixedPaths({ models: 3, datasets: [null] })).toEqual({ models: 3, datasets: [null] });
});
