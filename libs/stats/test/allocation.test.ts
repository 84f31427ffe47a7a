import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { exactValue, greedyAllocation, simulatedValue } from "../src/allocation-value.ts";
import { ADAPTIVE, allocateDraws, apportion, exploredDraws } from "../src/allocation.ts";
import { kernelLaw, scottBandwidth } from "../src/kernel-density.ts";

const random = () => stream(1, "allocation");

/** All ways to give `extra` draws to `problems` problems. */
function* allocations(problems: number, extra: number): Generator<number[]> {
  if (problems === 1) {
    yield [extra];
    return;
  }
  for (let first = 0; first <= extra; first++) {
    for (const rest of allocations(problems - 1, extra - first)) yield [first, ...rest];
  }
}

test("greedy reaches the best of all allocations", () => {
  for (let trial = 0; trial < 20; trial++) {
    const numbers = stream(trial, "rewards");
    const problems = Array.from({ length: 3 }, () => {
      const [centre, spread] = [numbers.normal(), Math.exp(numbers.normal())];
      const rewards = Array.from({ length: 8 }, () => centre + spread * numbers.normal());
      return { law: kernelLaw(rewards, scottBandwidth(rewards)), highest: Math.max(...rewards) };
    });
    const extra = 9;
    // Gains of 0 … extra draws, one after the other.
    const gains = problems.map(({ law, highest }) => {
      const value = exactValue(law, highest);
      const total = [0];
      for (let k = 0; k < extra; k++) {
        total.push(total[k]! + value.next);
        value.take();
      }
      return total;
    });
    const worth = (given: ArrayLike<number>) => gains.reduce((sum, total, i) => sum + total[given[i]!]!, 0);
    const best = Math.max(...Array.from(allocations(3, extra), worth));
    const given = greedyAllocation(
      problems.map(({ law, highest }) => exactValue(law, highest)),
      extra,
    );
    expect(given.reduce((a, b) => a + b, 0)).toBe(extra);
    expect(worth(given)).toBeCloseTo(best, 12);
  }
});

test("gains fall with every draw that is taken", () => {
  const rewards = [0, 0.1, 0.5, 0.7, 1, 1.5, 2, 2.2];
  const value = exactValue(kernelLaw(rewards, scottBandwidth(rewards)), 2.2);
  for (let k = 0; k < 200; k++) {
    const before = value.next;
    value.take();
    expect(value.next).toBeLessThan(before);
    expect(value.next).toBeGreaterThan(0);
  }
});

test("simulated values allocate as exact ones, up to the noise of simulation", () => {
  const explored = [0.2, 1, 3].map((spread, i) => {
    const numbers = stream(i, "explored");
    return Array.from({ length: 20 }, () => spread * numbers.normal());
  });
  const exact = allocateDraws(explored, 60, ADAPTIVE, random());
  const simulated = allocateDraws(explored, 60, { ...ADAPTIVE, estimator: "monte-carlo" }, random());
  expect(simulated.reduce((a, b) => a + b, 0)).toBe(60);
  for (const [i, given] of exact.entries()) expect(Math.abs(given - simulated[i]!)).toBeLessThanOrEqual(12);
});

test("simulated values never fall, and are the highest so far where nothing was drawn", () => {
  const { values } = simulatedValue(kernelLaw([0, 1], 0.5), 1, 20, 16, random());
  expect(values[0]).toBe(1);
  for (let k = 0; k < 20; k++) expect(values[k + 1]).toBeGreaterThanOrEqual(values[k]!);
});

test("wide rewards get more than narrow ones, under every density but the empirical", () => {
  const explored = [
    [-0.1, 0, 0.1, 0.05, -0.05, 0.02, -0.02, 0.07],
    [-10, 0, 10, 5, -5, 2, -2, 7],
  ];
  for (const density of ["kernel", "gaussian"] as const) {
    const [narrow, wide] = allocateDraws(explored, 10, { ...ADAPTIVE, density }, random());
    expect(wide).toBeGreaterThan(narrow!);
  }
  // No draw from the explored rewards themselves exceeds their maximum: nothing to gain, hence the tie rule.
  expect([...allocateDraws(explored, 10, { ...ADAPTIVE, density: "empirical" }, random())]).toEqual([5, 5]);
});

test("equal rewards everywhere are allocated in turns", () => {
  const explored = [1, 1, 1].map((reward) => Array.from({ length: 8 }, () => reward));
  expect([...allocateDraws(explored, 7, ADAPTIVE, random())]).toEqual([3, 2, 2]);
});

test("a problem of equal rewards keeps a gain, but less than one with spread", () => {
  const explored = [
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 0, 1, 0, 1, 0, 1],
  ];
  expect([...allocateDraws(explored, 8, ADAPTIVE, random())]).toEqual([0, 8]);
});

test("where others gain next to nothing, equal rewards are worth a try", () => {
  // One of 64 rewards lies 7.9 standard deviations above their mean, and another draw above it is all but impossible (1e-17 in gain). A normal
  // law of no width would gain nothing at all; with the least width, 1e-6 of the largest deviation, it gains .4 of that.
  const outlier = [1, ...Array.from({ length: 63 }, () => 0)];
  const equal = Array.from({ length: 64 }, () => 5);
  expect([...allocateDraws([outlier, equal], 8, { ...ADAPTIVE, density: "gaussian" }, random())]).toEqual([0, 8]);
});

test("failed rewards are left out, and a problem without a valid one gets nothing", () => {
  const failed = Array.from({ length: 4 }, () => Number.NaN);
  const spread = [0, 1, 2, 3];
  expect([...allocateDraws([failed, spread], 6, ADAPTIVE, random())]).toEqual([0, 6]);
  const rule = { ...ADAPTIVE, allocation: "lowest-maximum-first" } as const;
  expect([...allocateDraws([failed, spread, [0, 1]], 6, rule, random())]).toEqual([0, 0, 6]);
  const withFailure = allocateDraws([[...spread, Number.NaN], spread], 6, ADAPTIVE, random());
  const without = allocateDraws([spread, spread], 6, ADAPTIVE, random());
  expect([...withFailure]).toEqual([...without]);
});

test("the simple rules: in proportion to the spread, all to the lowest maximum, the same for all", () => {
  const explored = [
    [0, 2], // sd √2
    [5, 11], // sd 3√2
    [1, 1],
  ];
  const given = (allocation: typeof ADAPTIVE.allocation) => [
    ...allocateDraws(explored, 8, { ...ADAPTIVE, allocation }, random()),
  ];
  expect(given("sd-proportional")).toEqual([2, 6, 0]);
  expect(given("lowest-maximum-first")).toEqual([0, 0, 8]);
  expect(given("uniform")).toEqual([3, 3, 2]);
});

test("proportional shares are whole and add up", () => {
  expect([...apportion([1, 1, 1], 10)]).toEqual([4, 3, 3]);
  expect([...apportion([0, 0], 3)]).toEqual([2, 1]);
  // 7 · (.5, .3, .2) = 3.5, 2.1, 1.4: the largest remainder is the first's.
  expect([...apportion([5, 3, 2], 7)]).toEqual([4, 2, 1]);
});

test("the explored share is rounded up, but not by a rounding error", () => {
  expect(exploredDraws(120, 0.75)).toBe(90);
  expect(exploredDraws(30, 0.1)).toBe(3);
  expect(exploredDraws(10, 0.75)).toBe(8);
});
