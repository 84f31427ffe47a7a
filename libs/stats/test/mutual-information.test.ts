import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { mean, mutualInformation, permutedInformation } from "../src/index.ts";

const items = (pairs: readonly (readonly [string, readonly number[]])[]) =>
  pairs.map(([label, shares]) => ({ label, shares }));

test("a choice that follows the label says all about it, one that does not says nothing", () => {
  const follows = items([
    ["a", [1, 0]],
    ["b", [0, 1]],
    ["a", [1, 0]],
    ["b", [0, 1]],
  ]);
  expect(mutualInformation(follows).bits).toBeCloseTo(1, 12);
  const ignores = items([
    ["a", [1, 0]],
    ["a", [0, 1]],
    ["b", [1, 0]],
    ["b", [0, 1]],
  ]);
  expect(mutualInformation(ignores).bits).toBeCloseTo(0, 12);
});

test("it is the textbook sum over the joint law", () => {
  // p(a, 1) = 3/8, p(a, 2) = 1/8, p(b, 1) = 1/8, p(b, 2) = 3/8: I = 2·(3/8·log2(3/2) + 1/8·log2(1/2)).
  const joint = items([
    ...Array.from({ length: 3 }, () => ["a", [1, 0]] as const),
    ["a", [0, 1]],
    ["b", [1, 0]],
    ...Array.from({ length: 3 }, () => ["b", [0, 1]] as const),
  ]);
  const bits = 2 * ((3 / 8) * Math.log2(1.5) + (1 / 8) * Math.log2(0.5));
  const found = mutualInformation(joint);
  expect(found.bits).toBeCloseTo(bits, 12);
  expect(mean(found.pointwise)).toBeCloseTo(bits, 12);
});

test("shares are choices made so often", () => {
  const shared = items([
    ["a", [0.75, 0.25]],
    ["b", [0.25, 0.75]],
  ]);
  const bits = 2 * ((3 / 8) * Math.log2(1.5) + (1 / 8) * Math.log2(0.5));
  expect(mutualInformation(shared).bits).toBeCloseTo(bits, 12);
});

test("labels are shuffled among clusters: a choice that follows the cluster gains by chance as often as its clusters are few", () => {
  // Two clusters of ten, one of each label, each with its own choice: any shuffle leaves one bit.
  const clustered = Array.from({ length: 20 }, (_, i) => ({
    label: i < 10 ? "a" : "b",
    cluster: i < 10 ? "c" : "d",
    shares: i < 10 ? [1, 0] : [0, 1],
  }));
  for (const bits of permutedInformation(clustered, stream(7), 10)) expect(bits).toBeCloseTo(1, 12);
});

test("chance gives about (L − 1)(C − 1)/(2 n ln 2) bits, and the same key the same permutations", () => {
  const random = stream(5, "choices");
  const n = 300;
  const labels = ["a", "b", "c"];
  const unrelated = Array.from({ length: n }, (_, i) => {
    const choice = random.integer(4);
    return { label: labels[i % 3]!, cluster: `c${i}`, shares: [0, 1, 2, 3].map((c) => (c === choice ? 1 : 0)) };
  });
  const permuted = permutedInformation(unrelated, stream(6, "permutations"), 400);
  const expected = (2 * 3) / (2 * n * Math.LN2);
  // A chi-square law with 6 degrees of freedom: the mean of 400 is within 4 standard errors.
  expect(Math.abs(mean(permuted) - expected)).toBeLessThan((4 * (expected * Math.sqrt(2 / 6))) / Math.sqrt(400));
  expect(permutedInformation(unrelated, stream(6, "permutations"), 400)).toEqual(permuted);
});
