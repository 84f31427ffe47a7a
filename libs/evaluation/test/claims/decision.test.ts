import { expect, test } from "vitest";
import { decide, decideAll, type Effect } from "../../src/claims/decision.ts";

// With a million degrees of freedom Student's t is normal: half = 1.96 standard errors.
const effect = (estimate: number, standardError: number, n = 400): Effect => ({
  estimate,
  standardError,
  degreesOfFreedom: 1e6,
  n,
  unit: "problems",
});

test("an interval wholly above 0 reproduces a claim", () => {
  const { outcome, low, high, smallerThanDelta } = decide(effect(0.05, 0.01), { delta: 0.01 });
  expect(outcome).toBe("reproduced");
  expect(low).toBeCloseTo(0.05 - 0.0196, 4);
  expect(high).toBeCloseTo(0.05 + 0.0196, 4);
  expect(smallerThanDelta).toBe(false);
});

test("one that is also wholly below delta reproduces it, but by less than delta", () => {
  expect(decide(effect(0.004, 0.001), { delta: 0.01 })).toMatchObject({
    outcome: "reproduced",
    smallerThanDelta: true,
  });
});

test("an interval that reaches 0 and lies below delta does not reproduce it; a negative one neither", () => {
  expect(decide(effect(0.001, 0.002), { delta: 0.01 }).outcome).toBe("not reproduced");
  expect(decide(effect(-0.05, 0.01), { delta: 0.01 }).outcome).toBe("not reproduced");
  expect(decide(effect(0, 0), { delta: 0.01 })).toMatchObject({ outcome: "not reproduced", p: 1 });
});

test("one that reaches from 0 beyond delta leaves it undecided", () => {
  expect(decide(effect(0.005, 0.01), { delta: 0.01 }).outcome).toBe("undecided");
});

test("a level claim holds above minus delta and fails below it", () => {
  const level = { delta: 0.02, level: true };
  expect(decide(effect(-0.005, 0.005), level)).toMatchObject({ outcome: "reproduced", smallerThanDelta: true });
  expect(decide(effect(-0.05, 0.01), level).outcome).toBe("not reproduced");
  // It reaches below −.02 and above: neither.
  expect(decide(effect(-0.03, 0.02), level).outcome).toBe("undecided");
  expect(decide(effect(0.03, 0.002), level)).toMatchObject({ outcome: "reproduced", smallerThanDelta: false });
});

test("an open claim says how many problems would decide it: the half-width shrinks with the root of their number", () => {
  // Half-width .0196 at 400. Above 0 it is decided when the half-width is .005: (.0196/.005)² · 400 = 6,147 problems; below
  // .01 as well. With an estimate of .008 the nearer edge is 0, .008 away: 2,401.
  const at = (estimate: number) => decide(effect(estimate, 0.01), { delta: 0.01 }).needed!;
  expect(at(0.005) / 6146.3).toBeCloseTo(1, 2);
  expect(at(0.008) / 2400.9).toBeCloseTo(1, 2);
  // Level: .0196 has to shrink to the distance from −.02, which is .01.
  expect(decide(effect(-0.03, 0.01), { delta: 0.02, level: true }).needed! / 1536.6).toBeCloseTo(1, 2);
  expect(decide(effect(0.05, 0.01), { delta: 0.01 }).needed).toBeNull();
});

test("an effect without a standard error is undecided, and no number of problems is promised", () => {
  expect(decide(effect(0.5, Number.NaN), { delta: 0.01 })).toMatchObject({ outcome: "undecided", needed: null });
});

test("p is one-sided: of an effect of at most 0, for a level claim of at most minus delta", () => {
  expect(decide(effect(0.0196, 0.01), { delta: 0.01 }).p).toBeCloseTo(0.025, 4);
  expect(decide(effect(-0.0196, 0.01), { delta: 0.01 }).p).toBeCloseTo(0.975, 4);
  expect(decide(effect(-0.0004, 0.01), { delta: 0.02, level: true }).p).toBeCloseTo(0.025, 4);
  expect(decide(effect(0, 0.01), { delta: 0.01 }).p).toBe(0.5);
});

test("a claim of two parts holds where both hold, fails where one fails, and has the larger p", () => {
  const holds = decide(effect(0.05, 0.01), { delta: 0.01 });
  const open = decide(effect(0.005, 0.01), { delta: 0.01 });
  const fails = decide(effect(-0.05, 0.01), { delta: 0.01 });
  expect(decideAll([holds, holds]).outcome).toBe("reproduced");
  expect(decideAll([holds, open])).toMatchObject({ outcome: "undecided", p: open.p, needed: open.needed });
  expect(decideAll([open, fails])).toMatchObject({ outcome: "not reproduced", needed: null });
});
