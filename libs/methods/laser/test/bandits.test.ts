import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { Exp3, horizonGamma } from "../src/exp3.ts";
import { LinUcb } from "../src/lin-ucb.ts";

const randomContext = (random: ReturnType<typeof stream>, size: number) =>
  Float64Array.from({ length: size }, () => random.normal() / Math.sqrt(size));

/** The inverse of a matrix by Gauss and Jordan's elimination with pivots. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => Number(i === j))]);
  for (let column = 0; column < n; column++) {
    const pivot = rows.slice(column).reduce((best, row, i) => {
      return Math.abs(row[column]!) > Math.abs(rows[best]![column]!) ? column + i : best;
    }, column);
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const scale = rows[column]![column]!;
    rows[column] = rows[column]!.map((value) => value / scale);
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const factor = row[column]!;
      rows[i] = row.map((value, j) => value - factor * rows[column]![j]!);
    }
  }
  return rows.map((row) => row.slice(n));
}

test.each(["zero", "mean"] as const)(
  "scores with prior %s are those of the ridge regression with the inverse taken directly",
  (prior) => {
    const [size, rounds] = [6, 40];
    const random = stream(1, "contexts");
    const bandit = new LinUcb(2, size, prior);
    const played = Array.from({ length: rounds }, (_, round) => {
      const entry = { arm: round % 2, context: randomContext(random, size), reward: random.uniform() };
      bandit.learn(entry.arm, entry.context, entry.reward);
      return entry;
    });
    const context = randomContext(random, size);
    const mean = prior === "mean" ? played.reduce((sum, entry) => sum + entry.reward, 0) / rounds : 0;
    const alpha = 0.7;
    const scores = bandit.scores(context, alpha);
    for (const arm of [0, 1]) {
      const mine = played.filter((entry) => entry.arm === arm);
      const gram = Array.from({ length: size }, (_, i) =>
        Array.from({ length: size }, (__, j) =>
          mine.reduce((sum, entry) => sum + entry.context[i]! * entry.context[j]!, Number(i === j)),
        ),
      );
      const inverted = inverse(gram);
      const times = (vector: ArrayLike<number>) =>
        inverted.map((row) => row.reduce((sum, value, j) => sum + value * vector[j]!, 0));
      const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
      const moment = Array.from({ length: size }, (_, i) =>
        mine.reduce((sum, entry) => sum + (entry.reward - mean) * entry.context[i]!, 0),
      );
      const expected = mean + dot(context, times(moment)) + alpha * Math.sqrt(dot(context, times(context)));
      expect(scores[arm]).toBeCloseTo(expected, 10);
    }
  },
);

test("an arm that was never played has no estimate, only uncertainty", () => {
  const bandit = new LinUcb(1, 2, "zero");
  expect([...bandit.scores(Float64Array.of(3, 4), 0)]).toEqual([0]);
  expect([...bandit.scores(Float64Array.of(3, 4), 0.5)]).toEqual([2.5]);
});

test("LinUCB finds the right arm of a linear problem, with far less regret than chance", () => {
  const [arms, size, rounds] = [4, 8, 2000];
  const random = stream(3, "linear problem");
  const truth = Array.from({ length: arms }, () => randomContext(random, size));
  const value = (arm: number, context: Float64Array) => context.reduce((sum, x, i) => sum + x * truth[arm]![i]!, 0);
  const bandit = new LinUcb(arms, size, "zero");
  let [regret, regretOfChance, late] = [0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    const context = randomContext(random, size);
    const values = truth.map((_, arm) => value(arm, context));
    const scores = bandit.scores(context, 0.1);
    const arm = scores.indexOf(Math.max(...scores));
    const lost = Math.max(...values) - values[arm]!;
    regret += lost;
    if (round >= rounds / 2) late += lost;
    regretOfChance += Math.max(...values) - values[random.integer(arms)]!;
    bandit.learn(arm, context, values[arm]! + 0.1 * random.normal());
  }
  expect(regret).toBeLessThan(regretOfChance / 8);
  // It stops losing: the second half costs less than the first.
  expect(late).toBeLessThan(regret / 3);
});

test("with rewards around .8 and contexts alike, prior zero stays with the first arm that earns and prior mean finds the best", () => {
  const plays = (prior: "zero" | "mean") => {
    const bandit = new LinUcb(3, 1, prior);
    const random = stream(6, "alike");
    const counts = [0, 0, 0];
    for (let round = 0; round < 400; round++) {
      const scores = bandit.scores(Float64Array.of(1), 0.1);
      const arm = scores.indexOf(Math.max(...scores));
      counts[arm]!++;
      bandit.learn(arm, Float64Array.of(1), Number(random.uniform() < [0.7, 0.8, 0.95][arm]!));
    }
    return counts;
  };
  // The first arm that earns anything is the last one tried.
  const locked = plays("zero");
  expect(Math.max(...locked)).toBeGreaterThan(390);
  expect(locked[2]).toBe(0);
  expect(plays("mean")[2]).toBeGreaterThan(300);
});

test("a copy learns apart", () => {
  const bandit = new LinUcb(1, 1, "zero");
  const copy = bandit.copy();
  copy.learn(0, Float64Array.of(1), 1);
  expect([...bandit.scores(Float64Array.of(1), 1)]).toEqual([1]);
  // θ̂ = 1/2 and A⁻¹ = 1/2.
  expect(copy.scores(Float64Array.of(1), 0)[0]).toBeCloseTo(0.5, 12);
  expect(copy.scores(Float64Array.of(1), 1)[0]).toBeCloseTo(0.5 + Math.SQRT1_2, 12);
});

test("Exp3's weights follow its update by hand", () => {
  const bandit = new Exp3(2, 0.2);
  expect([...bandit.law({ learning: true })]).toEqual([0.5, 0.5]);
  // x̂ = 1/.5 = 2, weight e^(.2 · 2/2) = e^.2.
  bandit.learn(0, 1);
  const share = Math.exp(0.2) / (Math.exp(0.2) + 1);
  const first = 0.8 * share + 0.1;
  expect(bandit.law({ learning: true })[0]).toBeCloseTo(first, 12);
  expect(bandit.law({ learning: false })[0]).toBeCloseTo(share, 12);
  // A reward of .5 on arm 1: exponent .2 · (.5/(1 − first))/2.
  bandit.learn(1, 0.5);
  const second = Math.exp((0.2 * 0.5) / (1 - first) / 2);
  expect(bandit.law({ learning: false })[1]).toBeCloseTo(second / (second + Math.exp(0.2)), 12);
  // No reward, no change.
  const before = [...bandit.law({ learning: true })];
  bandit.learn(0, 0);
  expect([...bandit.law({ learning: true })]).toEqual(before);
});

test("Exp3 settles on the better arm without overflow", () => {
  const bandit = new Exp3(3, 0.1);
  const random = stream(4, "exp3");
  for (let round = 0; round < 20_000; round++) {
    const law = bandit.law({ learning: true });
    const u = random.uniform();
    const arm = u < law[0]! ? 0 : u < law[0]! + law[1]! ? 1 : 2;
    bandit.learn(arm, Number(random.uniform() < [0.3, 0.7, 0.5][arm]!));
  }
  expect(bandit.law({ learning: false })[1]).toBeGreaterThan(0.99);
  // Exploration never ends while learning: γ/K each.
  expect(Math.min(...bandit.law({ learning: true }))).toBeGreaterThanOrEqual(0.1 / 3 - 1e-12);
});

test("the horizon's share of exploration is the square root that theory gives, and at most 1", () => {
  // K ln K = 2 ln 2 = 1.386294; (e − 1) · 1000 = 1718.2818.
  expect(horizonGamma(2, 1000)).toBeCloseTo(Math.sqrt(1.386294 / 1718.2818), 6);
  expect(horizonGamma(2, 0)).toBe(1);
  expect(horizonGamma(4, 1)).toBe(1);
});
