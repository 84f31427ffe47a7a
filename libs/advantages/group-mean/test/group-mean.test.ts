import { expect, test } from "vitest";
import { grpo, grpoZ, rloo } from "../src/index.ts";

const rewards = Float64Array.of(1, 2, 3, 6);

test("rloo is the reward minus the mean of the others, over m", () => {
  const received = rloo.advantages(rewards, { n: 64 });
  for (const [i, others] of [11 / 3, 10 / 3, 9 / 3, 6 / 3].entries()) {
    expect(received[i]).toBeCloseTo((rewards[i]! - others) / 4, 14);
  }
});

test("grpo is the reward minus the mean of all, over m", () => {
  expect(grpo.advantages(rewards, { n: 64 })).toEqual(Float64Array.of(-0.5, -0.25, 0, 0.75));
});

test("grpo-z divides by the sample standard deviation", () => {
  const deviation = Math.sqrt((4 + 1 + 0 + 9) / 3);
  const received = grpoZ.advantages(rewards, { n: 64, epsilon: 1e-6 });
  for (const [i, centred] of [-2, -1, 0, 3].entries()) {
    expect(received[i]).toBeCloseTo(centred / (deviation + 1e-6) / 4, 14);
  }
});

test("one rollout has nothing to be compared with", () => {
  for (const estimator of [rloo, grpo]) {
    expect(() => estimator.advantages(Float64Array.of(1), { n: 4 })).toThrow(
      `group-too-small: A group has too few rollouts for ${estimator.name}. It needs at least 2. Received: 1.`,
    );
  }
});
