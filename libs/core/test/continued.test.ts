import { expect, test } from "vitest";
import { cutTokens, joinedStatistics } from "../src/index.ts";

const TOKENS = Int32Array.of(5, 6, 7, 8);
const LINES = Int32Array.of(2, 3);

test("a finished response can be cut before each of its tokens, but its end cannot be kept", () => {
  const finished = { tokens: TOKENS, finish: "end", lineEnds: LINES } as const;
  expect([...cutTokens(finished, { unit: "token", keep: 3 })]).toEqual([5, 6, 7]);
  expect([...cutTokens(finished, { unit: "token", keep: 0 })]).toEqual([]);
  expect(() => cutTokens(finished, { unit: "token", keep: 4 })).toThrow("impossible-cut");
});

test("an unfinished response can be kept whole and carried on with", () => {
  for (const finish of ["stop", "length"] as const) {
    const open = { tokens: TOKENS, finish, lineEnds: LINES };
    expect([...cutTokens(open, { unit: "token", keep: 4 })]).toEqual([5, 6, 7, 8]);
    expect(() => cutTokens(open, { unit: "token", keep: 5 })).toThrow("has 4 to keep");
  }
});

test("lines are kept up to where they end", () => {
  const response = { tokens: TOKENS, finish: "end", lineEnds: LINES } as const;
  expect([0, 1, 2].map((keep) => cutTokens(response, { unit: "line", keep }).length)).toEqual([0, 2, 3]);
  expect(() => cutTokens(response, { unit: "line", keep: 3 })).toThrow("so many lines");
  expect(() => cutTokens(response, { unit: "line", keep: 0.5 })).toThrow("impossible-cut");
});

test("statistics of a continued response are those of its parent up to the cut, then its own", () => {
  const of = (values: readonly number[]) => {
    const array = Float32Array.from(values);
    return {
      logProbability: array,
      decodingLogProbability: array,
      entropy: array,
      selfCertainty: array,
      gini: array,
      topConfidence: array,
    };
  };
  const whole = joinedStatistics(of([1, 2, 3]), 2, of([7, 8]));
  for (const values of Object.values(whole)) expect([...values]).toEqual([1, 2, 7, 8]);
  expect([...joinedStatistics(of([1, 2, 3]), 0, of([7])).entropy]).toEqual([7]);
});
