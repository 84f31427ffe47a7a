import { stream } from "@touchstone/core";
import { normalQuantile } from "@touchstone/stats";
import { expect, test } from "vitest";
import { bestOf } from "../../src/post-training/best-of.ts";
import { effectOf } from "../../src/post-training/effects.ts";
import { atKl, matchedKl } from "../../src/post-training/matched-kl.ts";
import { payOff, type PayOffInput } from "../../src/post-training/pay-off.ts";
import { tailOf } from "../../src/post-training/tail.ts";

const problem = (rewards: readonly number[], gold: readonly number[] = rewards) => ({
  id: "one",
  cluster: "one",
  rewards: Float32Array.from(rewards),
  gold: Float32Array.from(gold),
  second: Float32Array.from(rewards, (reward) => -reward),
});

test("best-of-n is the mean over all subsets of what the highest reward A selects, for every metric", () => {
  const rewards = [3, 1, 4, 2];
  const gold = [0, 1, 0.5, 0.25];
  const pairs = rewards.flatMap((_, i) => rewards.slice(i + 1).map((__, j) => [i, i + 1 + j] as const));
  const selected = pairs.map(([i, j]) => (rewards[i]! > rewards[j]! ? i : j));
  const average = (values: readonly number[]) => selected.reduce((sum, i) => sum + values[i]!, 0) / selected.length;
  const problems = [problem(rewards, gold)];
  expect(bestOf(problems, "reward", 2)[0]).toBeCloseTo(average(rewards), 6);
  expect(bestOf(problems, "gold", 2)[0]).toBeCloseTo(average(gold), 6);
  expect(bestOf(problems, "second_reward", 2)[0]).toBeCloseTo(-average(rewards), 6);
  expect(bestOf(problems, "reward", 5)[0]).toBeNaN();
});

test("two runs are compared where the one that went less far ended, each read between its moments", () => {
  const point = (kl: number, value: number) => ({ kl, values: Float64Array.of(value, 10 * value) });
  const left = [point(0, 0), point(2, 4), point(4, 6)];
  const right = [point(0, 0), point(3, 3)];
  expect(matchedKl(left, right)).toBe(3);
  expect([...atKl(left, 3)]).toEqual([5, 50]);
  expect([...atKl(left, 0)]).toEqual([0, 0]);
  expect([...atKl(left, 5)]).toEqual([Number.NaN, Number.NaN]);
  // A KL that falls again is read where it was reached first.
  expect(atKl([point(0, 0), point(4, 8), point(1, 1), point(5, 9)], 2)[0]).toBe(4);
});

const CURVE = { n: [1, 2, 4, 8], values: [0, 1, 2, 3].map((value) => Float64Array.of(value, value)) };
const evenly = (trained: readonly number[]): PayOffInput => ({
  trained: Float64Array.from(trained),
  deployed: 2,
  base: CURVE,
  clusters: ["a", "b"],
  trainingFlops: 1000,
  trainedQueryFlops: (n) => 10 * n,
  baseQueryFlops: (n) => 10 * n,
});

test("training pays when it cost less than the samples that the base policy needs more", () => {
  const found = payOff(evenly([1.5, 1.5]), stream(1), 100);
  expect(found.state).toBe("reached");
  expect(found.samples).toBeCloseTo(2 ** 1.5, 9);
  expect(found.queries).toBeCloseTo(1000 / (10 * (2 ** 1.5 - 2)), 6);
  expect([found.notReached, found.beyond]).toEqual([0, 0]);
  expect(found.low).toBeCloseTo(found.queries, 6);
});

test("beyond the drawn samples the queries are an upper bound, and without gain nothing is reached", () => {
  const beyond = payOff(evenly([4, 4]), stream(1), 100);
  expect(beyond).toMatchObject({ state: "beyond", beyond: 1, queries: 1000 / (10 * (8 - 2)) });
  const nothing = payOff(evenly([1, 1]), stream(1), 100);
  expect(nothing).toMatchObject({ state: "not reached", notReached: 1, high: Number.POSITIVE_INFINITY });
  expect(nothing.queries).toBeNaN();
});

test("a trained policy whose longer answers cost more than the samples saved pays nothing back", () => {
  const dear = { ...evenly([1.5, 1.5]), trainedQueryFlops: (n: number) => 100 * n };
  expect(payOff(dear, stream(1), 100).state).toBe("not reached");
});

test("the share of resamples in which it is not reached is over problems", () => {
  // Against 1 each: up by 1 in one, down by 1.5 in the other; only both draws of the first reach it, one of four.
  const found = payOff(evenly([2, -0.5]), stream(1), 4000);
  const sigma = Math.sqrt((0.25 * 0.75) / 4000);
  expect(Math.abs(found.notReached - 0.75)).toBeLessThan(4 * sigma);
});

test("with five seeds the seed is the unit, with the t interval of the seeds' differences", () => {
  const side = (values: readonly number[]) =>
    new Map(values.map((value, seed) => [seed, Float64Array.of(value, value)]));
  const found = effectOf(side([1, 2, 3, 4, 5]), side([0, 0, 0, 0, 0]), ["a", "b"]);
  expect(found).toMatchObject({ unit: "seed", n: 5, effect: 3, left: 3, right: 0 });
  // Student's t at .975 with 4 degrees of freedom is 2.776445 (printed tables), the standard error √(2.5/5).
  expect(found.high - found.effect).toBeCloseTo(2.776445 * Math.sqrt(0.5), 5);
});

test("with fewer seeds problems are paired, and only the seeds that both have count", () => {
  const left = new Map([
    [0, Float64Array.of(1, 3)],
    [7, Float64Array.of(100, 100)],
  ]);
  const found = effectOf(left, new Map([[0, Float64Array.of(0, 0)]]), ["a", "b"]);
  expect(found).toMatchObject({ unit: "problem", n: 2, effect: 2 });
  expect(found.standardError).toBeCloseTo(1, 9);
});

test("rewards of a normal law lie on the line of slope 1", () => {
  const size = 40_000;
  const normal = Array.from({ length: size }, (_, i) => normalQuantile((i + 0.5) / size));
  const points = tailOf([problem(normal.map((x) => 5 + 2 * x)), problem(normal), problem([1, 1, 1])]);
  expect(points[0]!.problems).toBe(2);
  for (const { normal: expected, observed } of points) expect(observed).toBeCloseTo(expected, 2);
});
