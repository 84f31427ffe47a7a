import { expect, test } from "vitest";
import { logAcceptance, type Rule } from "../src/acceptance.ts";
import { Blocks } from "../src/blocks.ts";
import { tilted } from "../src/target.ts";

const none: number[] = [];
const stateOf = (reward: number, tokenCount = 4) => ({
  reward,
  tokenCount,
  lineEnds: Int32Array.of(2, tokenCount),
  statistics: { logProbability: none, decodingLogProbability: none },
});
const accepts = (rule: Rule, from: number, to: number, lengths: readonly [number, number] = [4, 4]) =>
  logAcceptance(
    { kernel: "token", rule, logRatio: tilted(0.5) },
    stateOf(from, lengths[0]),
    stateOf(to, lengths[1]),
    1,
  );

test("the ratio is that of the rewards over beta, times that of the cuts", () => {
  expect(accepts("exact", 1, 0)).toBeCloseTo(-2, 12);
  expect(accepts("exact", 0, 1)).toBe(0);
  // Eight tokens instead of four: half as probable.
  expect(accepts("exact", 1, 1, [4, 8])).toBeCloseTo(Math.log(0.5), 12);
  expect(accepts("exact", 1, 1, [8, 4])).toBe(0);
});

test("a state without a reward is left for any that has one, and never gone to", () => {
  for (const rule of ["exact", "reference", "better"] as const) {
    expect(accepts(rule, Number.NaN, -50)).toBe(0);
    expect(accepts(rule, -50, Number.NaN)).toBe(Number.NEGATIVE_INFINITY);
    expect(accepts(rule, Number.NaN, Number.NaN)).toBe(Number.NEGATIVE_INFINITY);
  }
});

test("the reference keeps the logarithm of the ratio above -20, the control takes what is better alone", () => {
  expect(accepts("exact", 100, 0)).toBeCloseTo(-200, 12);
  expect(accepts("reference", 100, 0)).toBe(-20);
  expect(accepts("better", 1, 1)).toBe(Number.NEGATIVE_INFINITY);
  expect(accepts("better", 1, 1.001)).toBe(0);
});

test("a block has its steps, then the next is drawn, and the last has all that are left", () => {
  const blocks = new Blocks(5, { tokens: 2, steps: 2 });
  const next = (finish: "length" | "end") => [blocks.next({ drawn: { finish } }), blocks.variant.maxTokens];
  expect(blocks.variant).toEqual({ maxTokens: 2 });
  expect([next("length"), next("length")]).toEqual([
    ["step", 2],
    ["step", 2],
  ]);
  expect([next("length"), next("length"), next("length")]).toEqual([
    ["extend", 4],
    ["step", 4],
    ["step", 4],
  ]);
  // The cap is no whole number of blocks.
  expect([next("length"), next("length"), next("length"), next("length")]).toEqual([
    ["extend", undefined],
    ["step", undefined],
    ["step", undefined],
    ["step", undefined],
  ]);
});

test("a response that ended within its block may be drawn again up to the cap", () => {
  const blocks = new Blocks(6, { tokens: 2, steps: 1 });
  expect(blocks.next({ drawn: { finish: "end" } })).toBe("step");
  expect(blocks.next({ drawn: { finish: "end" } })).toBe("reopen");
  expect(blocks.variant).toEqual({});
});
