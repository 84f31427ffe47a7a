import { inUnit } from "@touchstone/core";
import { expect, test } from "vitest";
import { expectedSpend, largestAffordable, problemCost } from "../src/spend.ts";
import { poolFlag } from "../src/lines.ts";
import { SIZE } from "./toy-world.ts";
import { toyPool } from "./toy-pool.ts";

const REWARD = { total: 500, active: 50, attentionWidth: 5 };
const WITH_REWARDS = { visible: ["r"], afterLast: false };
const FREE = { visible: [], afterLast: false };
const SIZES = { policy: SIZE, rewardModels: new Map([["r", REWARD]]) };

/** Two samples of 1 and 3 tokens behind a prompt of 3; a reward model that reads 4 tokens, and failed once. */
const POOL = toyPool({
  answers: ["1", null],
  tokens: [1, 3],
  promptTokens: 3,
  rewards: { r: [1, Number.NaN] },
  rewardTokens: 4,
});

test("the ledger of a cell is the prompt once and n times the mean sample, counted by hand", () => {
  const spend = expectedSpend(problemCost(POOL, SIZES), 2, WITH_REWARDS);
  // Policy: 2 · 100 a token; attention 4 · 10 a token attended to. The prompt attends 1 + 2 + 3 = 6.
  const prompt = 3 * 200 + 6 * 40;
  // The response of 1 token attends 3 + 1; that of 3 tokens attends 4 + 5 + 6.
  const completions = (1 * 200 + 4 * 40 + (3 * 200 + 15 * 40)) / 2;
  // Reward model: 2 · 50 a token, 4 · 5 attended; 4 tokens attend 1 + 2 + 3 + 4.
  const reward = 4 * 100 + 10 * 20;
  expect(spend).toEqual({
    samples: 2,
    promptTokens: 3,
    completionTokens: 2 * 2,
    rewardTokens: 2 * 4,
    extraForwardTokens: 0,
    trainingTokens: 0,
    rounds: 2,
    flops: prompt + 2 * (completions + reward),
    seconds: 2 * (0.25 + 0.125),
  });
});

test("who reads what follows a response pays for a forward pass over prompt and response", () => {
  const read = {
    ...POOL,
    afterLast: {
      selfCertainty: Float64Array.of(0, 0),
      tokens: Int32Array.of(4, 6),
      seconds: Float64Array.of(0.5, 0.5),
    },
  };
  const cost = problemCost(read, SIZES);
  const without = expectedSpend(cost, 2, FREE);
  const spend = expectedSpend(cost, 2, { visible: [], afterLast: true });
  expect(without).toMatchObject({ extraForwardTokens: 0, rounds: 1 });
  // Four tokens attend 10, six attend 21.
  const pass = (4 * 200 + 10 * 40 + (6 * 200 + 21 * 40)) / 2;
  expect(spend).toMatchObject({ extraForwardTokens: 2 * 5, rounds: 2, seconds: 2 * (0.25 + 0.5) });
  expect(spend.flops - without.flops).toBeCloseTo(2 * pass, 6);
});

test("seconds are absent, not guessed, where one sample was not measured", () => {
  const unmeasured = { ...POOL, seconds: Float64Array.of(0.25, Number.NaN) };
  expect(expectedSpend(problemCost(unmeasured, SIZES), 2, WITH_REWARDS)).not.toHaveProperty("seconds");
});

test("a budget in tokens or FLOPs buys the largest n whose mean spend over problems fits", () => {
  const longer = toyPool({
    answers: ["1", "1"],
    tokens: [5, 5],
    promptTokens: 5,
    rewards: { r: [1, 1] },
    rewardTokens: 10,
  });
  const costs = [POOL, longer].map((pool) => problemCost(pool, SIZES));
  // Means over the two problems: prompt 4, completion (2 + 5)/2, rewards (4 + 10)/2. With rewards 4 + 10.5 n, without 4 + 3.5 n.
  expect(largestAffordable(costs, WITH_REWARDS, "tokens", 4 + 10.5 * 3, 100)).toBe(3);
  expect(largestAffordable(costs, WITH_REWARDS, "tokens", 4 + 10.5 * 3 - 0.01, 100)).toBe(2);
  expect(largestAffordable(costs, FREE, "tokens", 4 + 10.5 * 3, 100)).toBe(9);
  expect(largestAffordable(costs, FREE, "tokens", 4 + 10.5 * 3, 5)).toBe(5);
  expect(largestAffordable(costs, FREE, "tokens", 7, 5)).toBe(0);
  const flops = costs.reduce((sum, cost) => sum + inUnit(expectedSpend(cost, 7, WITH_REWARDS), "flops"), 0) / 2;
  expect(largestAffordable(costs, WITH_REWARDS, "flops", flops, 100)).toBe(7);
  expect(largestAffordable(costs, WITH_REWARDS, "flops", flops * 0.999, 100)).toBe(6);
});

test("a pool below four times n is flagged", () => {
  expect(poolFlag(64, 256)).toBe("");
  expect(poolFlag(65, 256)).toBe("pool-below-4x");
  expect(poolFlag(256, 256)).toBe("pool-below-4x");
  // Greedy: one sample is all there is.
  expect(poolFlag(1, 1)).toBe("");
});

test("what an imported file did not count is undefined, not free", () => {
  const unknown = { total: Number.NaN, active: Number.NaN, attentionWidth: Number.NaN };
  const sizes = { policy: unknown, rewardModels: new Map([["r", unknown]]) };
  const uncounted = toyPool({ answers: ["1"], tokens: [0], promptTokens: 0, rewards: { r: [1] }, rewardTokens: 0 });
  const { samples, rounds, ...unmeasured } = expectedSpend(problemCost(uncounted, sizes), 1, WITH_REWARDS);
  expect([samples, rounds]).toEqual([1, 2]);
  expect(unmeasured).toMatchObject({
    promptTokens: Number.NaN,
    completionTokens: Number.NaN,
    rewardTokens: Number.NaN,
    flops: Number.NaN,
  });
});
