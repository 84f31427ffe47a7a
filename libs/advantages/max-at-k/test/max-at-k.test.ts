import { stream } from "@touchstone/core";
import { exponentialMaximumMean, normalMaximumMean } from "@touchstone/stats";
import { subsets } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { maxAtK, orderStatisticExtrapolation } from "../src/index.ts";

const advantages = (rewards: ArrayLike<number>, k: number, n = 64) =>
  maxAtK.advantages(Float64Array.from(rewards), { k, n });

const maximum = (rewards: readonly number[], subset: ArrayLike<number>) =>
  Math.max(...Array.from(subset, (i) => rewards[i]!));

test.each([2, 3, 5, 6])("with k = %i it is the mean over all subsets of what a rollout adds to their best", (k) => {
  for (const rewards of [
    [0.3, -1, 2, 0.9, 0.31, -0.2],
    [1, 1, 0, 2, 2, 0],
  ]) {
    const all = [...subsets(rewards.length, k)];
    const expected = rewards.map((_, i) => {
      const added = all
        .filter((subset) => Array.from(subset).includes(i))
        .map((subset) => {
          const others = Array.from(subset).filter((j) => j !== i);
          return maximum(rewards, subset) - maximum(rewards, others);
        });
      return added.reduce((a, b) => a + b, 0) / all.length;
    });
    const received = advantages(rewards, k);
    for (const [i, value] of expected.entries()) expect(received[i]).toBeCloseTo(value, 14);
  }
});

test("with k = m only the best rollout counts, by its distance to the second", () => {
  expect(advantages([3, 7, 4, 5.5], 4)).toEqual(Float64Array.of(0, 1.5, 0, 0));
});

test("a thousand rollouts overflow no binomial coefficient", () => {
  const random = stream(4, "many");
  const rewards = Float64Array.from({ length: 1000 }, () => random.normal());
  const received = advantages(rewards, 500);
  expect(received.every(Number.isFinite)).toBe(true);
  // Of the subsets with the best rollout, half hold the second best as well.
  const [second, best] = rewards.toSorted().slice(-2);
  const largest = Math.max(...received);
  expect(largest).toBeGreaterThan(0.5 * (best! - second!));
});

/** All groups of m draws of a law on few actions, with their probabilities. */
function* everyGroup(law: readonly number[], size: number): Generator<{ group: number[]; probability: number }> {
  if (size === 0) {
    yield { group: [], probability: 1 };
    return;
  }
  for (const { group, probability } of everyGroup(law, size - 1)) {
    for (const [action, p] of law.entries()) yield { group: [...group, action], probability: probability * p };
  }
}

const REWARDS = [0, 1, 1.5, 4];
const LAW = [0.4, 0.3, 0.2, 0.1];

/** E of the best of n draws, REWARDS ascending. */
function meanBest(law: readonly number[], n: number): number {
  let below = 0;
  return law.reduce((sum, p, action) => {
    const upTo = below + p;
    const value = (upTo ** n - below ** n) * REWARDS[action]!;
    below = upTo;
    return sum + value;
  }, 0);
}

/** By the logits of a softmax, central differences. */
function gradientOfBest(n: number): number[] {
  const step = 1e-5;
  return LAW.map((_, action) => {
    const at = (change: number) => {
      const weights = LAW.map((p, other) => p * Math.exp(other === action ? change : 0));
      const whole = weights.reduce((a, b) => a + b, 0);
      return meanBest(
        weights.map((weight) => weight / whole),
        n,
      );
    };
    return (at(step) - at(-step)) / (2 * step);
  });
}

test.each([1, 2, 3, 4, 5])("its expectation over every group of five is the gradient of the best of %i", (k) => {
  const expected = gradientOfBest(k);
  const received = LAW.map(() => 0);
  for (const { group, probability } of everyGroup(LAW, 5)) {
    const values = advantages(
      group.map((action) => REWARDS[action]!),
      k,
    );
    for (const [i, action] of group.entries()) {
      // The score of a softmax: 1{action} − π.
      for (const [logit, p] of LAW.entries()) {
        received[logit]! += probability * values[i]! * (Number(logit === action) - p);
      }
    }
  }
  for (const [logit, value] of expected.entries()) expect(received[logit]).toBeCloseTo(value, 9);
});

test("k is the smaller of n and the group, and a fall is said", () => {
  expect(maxAtK.plan(16, { n: 8 })).toMatchObject({ used: { k: 8 }, warnings: [] });
  expect(maxAtK.plan(16, { n: 64 })).toMatchObject({
    used: { k: 16 },
    warnings: ["max-at-k aims at the best of 16 in groups of 16: no unbiased estimate reaches the best of 64."],
  });
  expect(maxAtK.plan(16, { n: 64, k: 8 }).warnings).toEqual([]);
  expect(() => advantages([1, 2, 3], 4)).toThrow(
    /^group-too-small: A group has too few rollouts for max-at-k\. k = 4 needs at least 4\. Received: 3\./,
  );
});

test("extrapolation to an n within the group is max-at-k itself", () => {
  const random = stream(5, "within");
  const rewards = Float64Array.from({ length: 8 }, () => random.normal());
  for (const n of [1, 2, 5, 8]) {
    const received = orderStatisticExtrapolation.advantages(rewards, { n, law: "normal" });
    const expected = maxAtK.advantages(rewards, { n });
    for (let i = 0; i < 8; i++) expect(received[i]).toBeCloseTo(expected[i]!, 12);
  }
});

type Random = ReturnType<typeof stream>;

test.each([
  ["normal", undefined, (random: Random) => random.normal(), (y: number) => y * y - 1],
  ["normal", [1, 8], (random: Random) => random.normal(), (y: number) => y * y - 1],
  ["normal", [8, 16], (random: Random) => random.normal(), (y: number) => y * y - 1],
  ["exponential", undefined, (random: Random) => -Math.log(1 - random.uniform()), (y: number) => y - 1],
] as const)("extrapolation is unbiased for the scale of a %s policy (k %o)", (law, k, draw, score) => {
  // The action is the reward, `score` that of the log of the scale; the mean best of n is proportional to the scale.
  const [n, size, groups] = [64, 16, 8000];
  const exact = law === "normal" ? normalMaximumMean(n) : exponentialMaximumMean(n);
  const options = { n, law, ...(k === undefined ? {} : { k: [k[0], k[1]] as [number, number] }) };
  const random = stream(6, law);
  let [sum, squares] = [0, 0];
  for (let group = 0; group < groups; group++) {
    const actions = Float64Array.from({ length: size }, () => draw(random));
    const values = orderStatisticExtrapolation.advantages(actions, options);
    const gradient = values.reduce((total, value, i) => total + value * score(actions[i]!), 0);
    sum += gradient / groups;
    squares += gradient ** 2 / groups;
  }
  expect(Math.abs(sum - exact)).toBeLessThan(4 * Math.sqrt((squares - sum ** 2) / groups));
});

test("sizes of subsets that are in no order are refused", () => {
  const parse = (k: unknown) => orderStatisticExtrapolation.parameters.safeParse({ k }).error?.message;
  expect(parse([8, 8])).toMatch(/needs k1 < k2/);
  expect(parse(8)).toMatch(/tuple/);
});
