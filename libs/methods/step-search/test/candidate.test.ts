import { drawnSample } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { best, scoreOf, type Candidate } from "../src/candidate.ts";

function candidate(...path: number[]): Candidate {
  return { drawn: drawnSample({}), path, reward: path.at(-1)!, finished: false };
}

test("the score of a prefix is its last reward, the lowest or the mean of its lines'", () => {
  const rising = candidate(0.9, 0.2, 0.7);
  expect(scoreOf(rising, "last")).toBe(0.7);
  expect(scoreOf(rising, "min")).toBe(0.2);
  expect(scoreOf(rising, "mean")).toBeCloseTo(0.6, 12);
});

test("aggregations rank the same prefixes differently", () => {
  const [late, even, early] = [candidate(0.1, 0.9), candidate(0.5, 0.45), candidate(0.9, 0.4)];
  const ranked = (aggregate: "last" | "min" | "mean") => best([late, even, early], 3, aggregate);
  expect(ranked("last")).toEqual([late, even, early]);
  expect(ranked("min")).toEqual([even, early, late]);
  // Means .5, .475, .65.
  expect(ranked("mean")).toEqual([early, late, even]);
});

test("a failed reward that counts ranks below everything", () => {
  const failed = candidate(Number.NaN, 0.9);
  const poor = candidate(-50, -60);
  expect(best([failed, poor], 1, "last")).toEqual([failed]);
  expect(best([failed, poor], 1, "min")).toEqual([poor]);
  expect(best([failed, poor], 1, "mean")).toEqual([poor]);
  expect(best([candidate(0.9, Number.NaN), poor], 1, "last")).toEqual([poor]);
});
