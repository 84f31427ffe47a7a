import { expect, test } from "vitest";
import { bestOfNMean, bonRl, catBon } from "../src/index.ts";
import { divergence, tiltOf } from "../src/tilt.ts";

const rewards = Float64Array.of(2, -1, 5, 2, 0);

test("best-of-n-mean is the best above the mean, shared by those that tie for it", () => {
  expect(bestOfNMean.advantages(rewards, { n: 64 })).toEqual(Float64Array.of(0, 0, 5 - 8 / 5, 0, 0));
  expect(bestOfNMean.advantages(Float64Array.of(3, 0, 3), { n: 64 })).toEqual(Float64Array.of(0.5, 0, 0.5));
});

test("cat-bon weights by the share at or below", () => {
  const received = catBon.advantages(rewards, { n: 4 });
  const shares = [4 / 5, 1 / 5, 1, 4 / 5, 2 / 5];
  for (const [i, share] of shares.entries()) {
    expect(received[i]).toBeCloseTo(((4 * share ** 3) / 5) * (rewards[i]! - 8 / 5), 14);
  }
});

test("with n = 1 all that is left of bon-rl and cat-bon is the centred reward", () => {
  for (const estimator of [bonRl, catBon]) {
    const received = estimator.advantages(rewards, { n: 1 });
    for (const [i, reward] of rewards.entries()) expect(received[i]).toBeCloseTo((reward - 8 / 5) / 5, 14);
  }
});

test.each([2, 8, 64, 256])("the tilt for n = %i diverges from the uniform law as best-of-n does", (n) => {
  const lambda = tiltOf(n);
  // By integration: KL of the density λ e^{λu}/(e^λ − 1) on [0, 1].
  const intervals = 200_000;
  let sum = 0;
  for (let i = 0; i < intervals; i++) {
    const u = (i + 0.5) / intervals;
    const density = (lambda * Math.exp(lambda * (u - 1))) / -Math.expm1(-lambda);
    sum += (density * Math.log(density)) / intervals;
  }
  expect(sum).toBeCloseTo(Math.log(n) - (n - 1) / n, 6);
});

test("the divergence of a small tilt is its expansion, and joins the closed form", () => {
  expect(divergence(0)).toBe(0);
  // At .001 the closed form has about ten digits left of its terms of order 1.
  expect(Math.abs(divergence(1e-3 * (1 + 1e-9)) - divergence(1e-3 * (1 - 1e-9)))).toBeLessThan(1e-14);
});

test.each([4, 32])("bon-rl is the gradient of the tilted mean reward of the group, n = %i", (n) => {
  const lambda = tiltOf(n);
  const size = rewards.length;
  /** Mean reward under the tilt of the law with these masses. */
  const tilted = (masses: readonly number[]) => {
    const whole = masses.reduce((a, b) => a + b, 0);
    const law = masses.map((mass) => mass / whole);
    const weights = law.map((p, i) => {
      const winRate = law.reduce((sum, q, j) => sum + (rewards[j]! <= rewards[i]! ? q : 0), 0);
      return p * Math.exp(lambda * winRate);
    });
    return weights.reduce((sum, w, i) => sum + w * rewards[i]!, 0) / weights.reduce((a, b) => a + b, 0);
  };
  const received = bonRl.advantages(rewards, { n });
  const step = 1e-6;
  // In a softmax, a logit's gradient is its advantage minus its share of their sum.
  const total = received.reduce((a, b) => a + b, 0);
  for (let i = 0; i < size; i++) {
    const at = (change: number) => tilted(Array.from(rewards, (_, j) => Math.exp(j === i ? change : 0)));
    expect(received[i]! - total / size).toBeCloseTo((at(step) - at(-step)) / (2 * step), 7);
  }
});
