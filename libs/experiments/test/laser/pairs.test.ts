import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { agreedPairs, preferencePairs } from "../../src/laser/pairs.ts";
import { preferencesOf, withNoise } from "../../src/laser/preferences-of.ts";

test("the higher score is chosen, and no pair comes twice", () => {
  const scores = [3, 1, 2, 5];
  const pairs = preferencePairs(scores, 100, stream(1));
  for (const { chosen, rejected } of pairs) expect(scores[chosen]!).toBeGreaterThan(scores[rejected]!);
  // All of 4 choose 2.
  expect(new Set(pairs.map(({ chosen, rejected }) => `${chosen}>${rejected}`)).size).toBe(6);
});

test("equal and failed scores make no pair", () => {
  const pairs = preferencePairs([1, 1, Number.NaN, 2], 10, stream(1));
  expect(pairs.map(({ chosen, rejected }) => [chosen, rejected]).toSorted()).toEqual([
    [3, 0],
    [3, 1],
  ]);
});

test("every pair is as likely as any other", () => {
  const counts = new Map<string, number>();
  const rounds = 6000;
  for (let i = 0; i < rounds; i++) {
    const [{ chosen, rejected }] = preferencePairs([0, 1, 2, 3], 1, stream(3, i)) as [
      { chosen: number; rejected: number },
    ];
    counts.set(`${chosen}>${rejected}`, (counts.get(`${chosen}>${rejected}`) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // Four standard errors of a share of 1/6.
  const tolerance = 4 * Math.sqrt((1 / 6) * (5 / 6) * rounds);
  for (const count of counts.values()) expect(Math.abs(count - rounds / 6)).toBeLessThan(tolerance);
});

test("the agreement ensemble takes unanimous pairs first and leaves split ones out", () => {
  const scores = [
    [3, 2, 1],
    [3, 1, 2],
    [3, 2, 2],
  ];
  // 0 over 1 and 0 over 2: three of three. 1 and 2: one for, one against, one level.
  const pairs = agreedPairs(scores, 10, stream(1)).map(({ chosen, rejected }) => [chosen, rejected]);
  expect(pairs.toSorted()).toEqual([
    [0, 1],
    [0, 2],
  ]);
  const [first] = agreedPairs([...scores, [0, 5, 9], [9, 8, 8]], 1, stream(2));
  // Four of five want 0 over 1, and 0 over 2 as well; 2 over 1 has one vote more than 1 over 2.
  expect(first!.chosen).toBe(0);
  expect(agreedPairs([[1, Number.NaN]], 10, stream(1))).toEqual([]);
});

test("noise of σ turns a pair that lies Δ apart around with probability Φ(−Δ/(σ√2))", () => {
  const rounds = 20_000;
  let turned = 0;
  for (let i = 0; i < rounds; i++) {
    const noisy = withNoise(Float64Array.of(1, 0), 1, stream(5, i));
    if (noisy[1]! > noisy[0]!) turned++;
  }
  // Φ(−1/√2) = .2397500610934769; four standard errors.
  const expected = 0.2397500610934769;
  expect(Math.abs(turned / rounds - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / rounds));
  const scores = Float64Array.of(1, 0);
  expect(withNoise(scores, 0, stream(1))).toBe(scores);
});

test("the score ensemble weighs reward models alike, whatever their scale", () => {
  // Standardised both rankings cancel but for response 2, which the first ranks highest and the second in the middle.
  const scores = [Float64Array.of(0, 100, 200), Float64Array.of(2, 0, 1)];
  const choice = { rule: "score-ensemble", pairs: 10, seed: 1, step: 0 } as const;
  const pairs = preferencesOf(scores, "p", choice).map(({ chosen, rejected }) => [chosen, rejected]);
  expect(pairs.toSorted()).toEqual([
    [0, 1],
    [2, 0],
    [2, 1],
  ]);
});
