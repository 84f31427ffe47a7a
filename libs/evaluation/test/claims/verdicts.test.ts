import { expect, test } from "vitest";
import { defineClaim, type Claim } from "../../src/claims/claim.ts";
import { tableHash, withHolm, type Verdict } from "../../src/claims/verdicts.ts";

const claim = (id: string, paper: string): Claim =>
  defineClaim({
    id,
    paper,
    sentence: "a sentence",
    comparison: "a vs b",
    metric: "accuracy",
    delta: 0.01,
    verdictOf: "validation",
    measure: { kind: "elsewhere", needs: "race", why: "it races" },
  });

const verdict = (of: Claim, p: number): Verdict => ({
  claim: of,
  place: "arith",
  planted: null,
  outcome: Number.isNaN(p) ? "not run here" : "reproduced",
  reason: "",
  rows: [],
  p,
  smallerThanDelta: false,
  needed: null,
});

test("p-values are adjusted over the verdicts of one paper, and those that were not run do not count", () => {
  const a = claim("a-1", "A");
  const adjusted = withHolm([
    verdict(a, 0.01),
    verdict(claim("b-1", "B"), 0.04),
    verdict(a, 0.02),
    verdict(a, Number.NaN),
    verdict(a, 0.5),
  ]).map((one) => one.adjusted);
  // Paper A: three p-values, .01 · 3, .02 · 2, .5; paper B: one.
  expect(adjusted.map((p) => (Number.isNaN(p) ? "none" : p))).toEqual([0.03, 0.04, 0.04, "none", 0.5]);
});

test("the hash of the table is that of its content: order says nothing, a changed delta another hash", () => {
  const [a, b] = [claim("a-1", "A"), claim("b-1", "B")];
  expect(tableHash([a, b])).toBe(tableHash([b, a]));
  expect(tableHash([a, b])).toMatch(/^[0-9a-f]{64}$/);
  expect(tableHash([a, { ...b, delta: 0.02 }])).not.toBe(tableHash([a, b]));
});
