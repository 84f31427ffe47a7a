import { expect, it } from "vitest";
import {
  BUCKETS,
  demonstration,
  demonstrationBatch,
  PROMPT_WEIGHT,
  sequence,
  SHORT_CUT_SHARE,
} from "../src/arith/batches.ts";
import { worldStream } from "../src/arith/world.ts";

it("gives the same batch for the same step, and another for another", () => {
  expect(demonstrationBatch(3)).toEqual(demonstrationBatch(3));
  expect(demonstrationBatch(3)).not.toEqual(demonstrationBatch(4));
});

it("weighs the prompt little, the response and its end fully, padding not at all", () => {
  const { rows, length, tokens, weights } = demonstrationBatch(0);
  for (let row = 0; row < rows; row++) {
    const line = [...tokens.subarray(row * length, (row + 1) * length)];
    const of = [...weights.subarray(row * length, (row + 1) * length)];
    const assistant = line.indexOf(4);
    const end = line.indexOf(2);
    expect(of[0]).toBe(0);
    expect(new Set(of.slice(1, assistant + 1))).toEqual(new Set([Math.fround(PROMPT_WEIGHT)]));
    expect(new Set(of.slice(assistant + 1, end + 1))).toEqual(new Set([1]));
    expect(of.slice(end + 1).every((weight) => weight === 0)).toBe(true);
  }
});

it("states the shares of the length classes and the rate of the short-cut form", () => {
  const counts = BUCKETS.map(() => 0);
  let long = 0;
  let short = 0;
  const total = 20_000;
  for (let index = 0; index < total; index++) {
    const { problem, response } = demonstration(worldStream("buckets", "test", index));
    const { length } = sequence(problem.prompt, response).ids;
    const bucket = BUCKETS.findIndex((candidate) => length <= candidate.length);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    if (problem.steps.length >= 2) long++;
    if (response.startsWith("####")) short++;
  }
  // Four standard errors of a share of 20,000 are .014 at most; of the short-cut rate .006.
  for (const [index, { share }] of BUCKETS.entries())
    expect(Math.abs((counts[index] ?? 0) / total - share)).toBeLessThan(0.014);
  expect(Math.abs(short / long - SHORT_CUT_SHARE)).toBeLessThan(0.006);
});
