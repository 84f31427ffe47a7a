import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { meanEmbedding, RewardModelBandit, type Round } from "../../src/laser/bandit.ts";
import { sequentialTurn } from "../../src/laser/rules.ts";

const options = { arms: 3, rounds: 400, seed: 1, alpha: 0.1, prior: "mean", dimension: 32 } as const;

/** Losses around 1, that of arm 1 lower by half. */
function play(kind: "linucb" | "exp3", rounds: number): readonly Round[] {
  const bandit = new RewardModelBandit({ ...options, kind });
  const random = stream(9, "losses");
  return Array.from({ length: rounds }, () => {
    const embedding = [1, 0];
    const arm = bandit.choose(embedding);
    const round = { arm, embedding, loss: (arm === 1 ? 0.5 : 1) + 0.05 * random.normal() };
    bandit.learn(round);
    return round;
  });
}

test.each(["linucb", "exp3"] as const)("%s comes to play the reward model with the lowest training loss", (kind) => {
  const late = play(kind, 400).slice(-100);
  expect(late.filter(({ arm }) => arm === 1).length).toBeGreaterThan(50);
});

test("LinUCB tells batches apart by what their prompts look like", () => {
  const bandit = new RewardModelBandit({ ...options, kind: "linucb", arms: 2 });
  const kinds = [
    [1, 0],
    [0, 1],
  ];
  const lowest = (round: number): number => {
    const embedding = kinds[round % 2]!;
    const arm = bandit.choose(embedding);
    bandit.learn({ arm, embedding, loss: arm === round % 2 ? 0.5 : 1 });
    return arm;
  };
  const played = Array.from({ length: 300 }, (_, round) => lowest(round));
  const right = played.slice(-100).filter((arm, i) => arm === i % 2).length;
  expect(right).toBeGreaterThan(80);
});

test.each(["linucb", "exp3"] as const)("%s goes on from the rounds it played as if it had never stopped", (kind) => {
  const whole = play(kind, 60);
  const resumed = new RewardModelBandit({ ...options, kind }, whole.slice(0, 59));
  expect(resumed.choose([1, 0])).toBe(whole[59]!.arm);
  expect(resumed.trusted([1, 0], "p")).toBe(
    new RewardModelBandit({ ...options, kind }, whole.slice(0, 59)).trusted([1, 0], "p"),
  );
});

test("with the published prior of zero LinUCB never leaves a first reward model that earns about the middle", () => {
  const bandit = new RewardModelBandit({ ...options, kind: "linucb", prior: "zero" });
  const arms = Array.from({ length: 40 }, (_, i) => {
    const arm = bandit.choose([1, 0]);
    // Losses that go up and down: normalised they lie around a half, far above the bonus of .1·√2 of an untried arm.
    bandit.learn({ arm, embedding: [1, 0], loss: 1 + 0.1 * Math.sin(i) });
    return arm;
  });
  expect(new Set(arms).size).toBe(1);
});

test("a batch looks like the mean of its prompts", () => {
  expect(meanEmbedding([Float32Array.of(1, 2), Float32Array.of(3, 6)])).toEqual([2, 4]);
});

test("sequential training gives every reward model its share of the steps, in turn", () => {
  const turns = Array.from({ length: 10 }, (_, step) => sequentialTurn(step, 10, 4));
  expect(turns).toEqual([0, 0, 0, 1, 1, 2, 2, 2, 3, 3]);
});
