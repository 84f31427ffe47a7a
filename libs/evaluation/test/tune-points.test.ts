import { defineSelector, type Knob, type Method, type Search } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { bestTrial } from "../src/tune.ts";
import { isTunable, spread, trialsOf } from "../src/tune-points.ts";

const parameters = z.strictObject({
  beta: z.number().positive().default(1),
  unit: z.enum(["raw", "sd"]).default("raw"),
  kind: z.enum(["a", "b"]).default("a"),
  width: z.int().positive().default(4),
});

function method(search?: Search): Method {
  return defineSelector({
    name: "tuned",
    summary: "Has knobs.",
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: { rewards: "none", answers: false },
    parameters,
    ...(search ? { search } : {}),
    select: (drawn) => ({ kind: "selected", weights: new Float64Array(drawn.size).fill(1 / drawn.size) }),
  }) as Method;
}

const given = (changes: Partial<z.output<typeof parameters>> = {}) => ({
  name: "tuned",
  parameters: parameters.parse(changes) as Readonly<Record<string, unknown>>,
  source: "default" as const,
});

const BETA: Knob = { scale: "log", from: 0.1, to: 10 };

test("one numeric knob gets a grid from end to end: geometric on a log scale, else even", () => {
  expect(spread({ beta: BETA }, 3).map(({ beta }) => beta)).toEqual([0.1, 1, 10]);
  const even: Knob = { scale: "linear", from: 1, to: 4 };
  expect(spread({ width: even }, 4).map(({ width }) => width)).toEqual([1, 2, 3, 4]);
  expect(spread({ beta: BETA }, 1)).toEqual([{ beta: 1 }]);
});

test("a list of values is gone through in order, several lists through their combinations", () => {
  const kind: Knob = { scale: "choice", values: ["a", "b"] };
  const unit: Knob = { scale: "choice", values: ["raw", "sd"] };
  expect(spread({ kind, unit }, 5)).toEqual([
    { kind: "a", unit: "raw" },
    { kind: "b", unit: "raw" },
    { kind: "a", unit: "sd" },
    { kind: "b", unit: "sd" },
    { kind: "a", unit: "raw" },
  ]);
});

test("two numeric knobs fill the square: every half and every quadrant gets its share of 16 points, and no value repeats", () => {
  const unit: Knob = { scale: "linear", from: 0, to: 1 };
  const points = spread({ x: unit, y: unit }, 16) as readonly { x: number; y: number }[];
  const inBox = (x: number, y: number) =>
    points.filter((p) => p.x >= x && p.x < x + 0.5 && p.y >= y && p.y < y + 0.5).length;
  for (const count of [inBox(0, 0), inBox(0.5, 0), inBox(0, 0.5), inBox(0.5, 0.5)]) {
    expect(Math.abs(count - 4)).toBeLessThanOrEqual(1);
  }
  expect(new Set(points.map(({ x }) => x)).size).toBe(16);
  expect(spread({ x: unit, y: unit }, 16)).toEqual(points);
});

test("the suite's own parameters are the first of the trials, and the others carry what all trials share", () => {
  const trials = trialsOf(method({ knobs: { beta: BETA }, fixed: { unit: "sd" } }), given(), 4);
  expect(trials.map(({ beta, unit }) => [beta, unit])).toEqual([
    [1, "raw"],
    [0.1, "sd"],
    [1, "sd"],
    [10, "sd"],
  ]);
});

test("a parameter that must be whole gets the nearest whole number, and no trial comes twice", () => {
  const trials = trialsOf(method({ knobs: { width: { scale: "log", from: 1, to: 4 } } }), given(), 6);
  // 1, 1.41, 2, 2.83, 4 and the default 4.
  expect(trials.map(({ width }) => width)).toEqual([4, 1, 2, 3]);
});

test("a value of a list that the suite's own parameters have already costs no trial", () => {
  const width: Knob = { scale: "choice", values: [2, 3, 4, 6, 8] };
  const widths = (trials: number) =>
    trialsOf(method({ knobs: { width } }), given(), trials).map((tried) => tried["width"]);
  expect(widths(4)).toEqual([4, 2, 3, 6]);
  expect(widths(9)).toEqual([4, 2, 3, 6, 8]);
  expect(widths(1)).toEqual([4]);
});

test("what the suite has set itself is left alone", () => {
  const tunable = method({ knobs: { beta: BETA }, fixed: { unit: "sd", kind: "a" } });
  expect(isTunable(tunable, given())).toBe(true);
  expect(isTunable(tunable, given({ width: 7 }))).toBe(true);
  expect(isTunable(tunable, given({ unit: "sd" }))).toBe(true);
  expect(isTunable(tunable, given({ beta: 2 }))).toBe(false);
  expect(isTunable(tunable, given({ kind: "b" }))).toBe(false);
  expect(trialsOf(tunable, given({ beta: 2 }), 8)).toEqual([]);
  expect(trialsOf(method(), given(), 8)).toEqual([]);
});

test("an entry that does not have the knob is left alone", () => {
  const borda = parameters.refine((all) => all.kind === "b" || all.beta === 1, "beta belongs to kind b");
  const voting = { ...method({ knobs: { beta: BETA }, fixed: { kind: "b" } }), parameters: borda } as Method;
  expect(isTunable(voting, given())).toBe(false);
  expect(isTunable(voting, given({ kind: "b" }))).toBe(true);
  // Neither the knob nor what the trials share goes with this entry.
  const alone = parameters.refine(
    (all) => all.kind === "a" || (all.beta === 1 && all.unit === "raw"),
    "kind b has none",
  );
  const softmax = { ...method({ knobs: { beta: BETA }, fixed: { unit: "sd" } }), parameters: alone } as Method;
  expect(isTunable(softmax, given({ kind: "b" }))).toBe(false);
});

test("a search that the method's schema refuses is an error of the method, with what it refused", () => {
  const wrong = method({ knobs: { beta: { scale: "linear", from: -1, to: 1 } } });
  expect(() => trialsOf(wrong, given(), 3)).toThrow(
    /^bad-search: The method tuned refuses parameters that its own search names: .* This is an error in the method/,
  );
});

const scored = (scores: readonly number[], betas: readonly number[], unit = "raw") =>
  scores.map((score, trial) => ({
    trial,
    score,
    parameters: { beta: betas[trial]!, unit: trial === 0 ? "raw" : unit },
  }));

test("the highest score is chosen; a tie goes to the suite's own parameters, then to those nearest to them", () => {
  const search: Search = { knobs: { beta: BETA } };
  const betas = [1, 0.1, 3, 10];
  expect(bestTrial(scored([0.5, 0.6, 0.7, 0.6], betas), search).trial).toBe(2);
  expect(bestTrial(scored([0.7, 0.7, 0.7, 0.7], betas), search).trial).toBe(0);
  expect(bestTrial(scored([0.5, 0.7, 0.7, 0.7], betas), search).trial).toBe(2);
  expect(bestTrial(scored([Number.NaN, Number.NaN, 0.2, Number.NaN], betas), search).trial).toBe(2);
});

test("among ties in another unit than the suite's own, the nearest to the middle of the range is chosen", () => {
  const search: Search = { knobs: { beta: BETA }, fixed: { unit: "sd" } };
  // The middle of .1 to 10 on a log scale is 1: .3 is nearer than 10.
  expect(bestTrial(scored([0.1, 0.7, 0.7], [9, 10, 0.3], "sd"), search).trial).toBe(2);
});
