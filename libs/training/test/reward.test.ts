import { expect, test } from "vitest";
import { forwardRewards, initializeLlama, trainReward } from "../src/index.ts";
import type { LlamaConfig, RewardBatch, RewardKind, RewardOptions, RewardRows } from "../src/index.ts";
import { referenceReward } from "./reference.ts";

const config: LlamaConfig = {
  vocab_size: 6,
  hidden_size: 16,
  intermediate_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  tie_word_embeddings: true,
};

/** Prompt [r], response of two tokens of which the second is always 5; correct when the first is 0 or 1. */
function small(step: number): RewardBatch {
  const first = [0, 1, 2, 3].map((r) => (step + r) % 4);
  return {
    rows: 4,
    length: 3,
    tokens: Int32Array.from(first.flatMap((token, r) => [r, token, 5])),
    starts: new Int32Array(4).fill(1),
    ends: new Int32Array(4).fill(3),
    labels: Float32Array.from(first, (token) => (token < 2 ? 1 : 0)),
  };
}

const run = (options: Partial<RewardOptions> & { kind: RewardKind }): ReturnType<typeof trainReward> =>
  trainReward({
    config,
    initial: 5,
    batch: small,
    steps: 80,
    optimizer: { schedule: { kind: "constant", peak: 0.02, warmup: 5 } },
    ...options,
  });

test.each<RewardKind>(["classifier", "likelihood"])(
  "a %s learns to tell right responses from wrong ones",
  async (kind) => {
    const losses: number[] = [];
    const { weights } = await run({ kind, onStep: ({ loss }) => void losses.push(loss) });
    expect(losses.at(-1)).toBeLessThan(0.1);
    for (const step of [0, 1, 2, 3]) {
      const batch = small(step);
      const rewards = await forwardRewards({ config, kind, weights }, batch);
      expect(Array.from(rewards, (reward) => (reward > 0 ? 1 : 0))).toEqual([...batch.labels]);
    }
  },
);

test("a classifier without a head starts at r = 0, so at a loss of log 2", async () => {
  const losses: number[] = [];
  await run({ kind: "classifier", steps: 1, onStep: ({ loss }) => void losses.push(loss) });
  expect(losses[0]).toBeCloseTo(Math.log(2), 6);
});

test("only the parts named train, from where the head is told to start", async () => {
  const initial = initializeLlama(config, 9);
  const head = { scale: 0.25, bias: 3 };
  const { weights } = await run({ kind: "likelihood", initial, head, trains: ["scale", "bias"], steps: 2 });
  for (const [name, tensor] of initial) expect(weights.get(name)).toEqual(tensor);
  expect([...weights.get("score.weight")!.data].every((value) => value === 0)).toBe(true);
  const scale = weights.get("likelihood.scale")!.data[0]!;
  const bias = weights.get("score.bias")!.data[0]!;
  // Two Adam steps of warm-up rates .004 and .008 move each number by no more than about their sum.
  expect(Math.abs(scale - 0.25)).toBeGreaterThan(1e-4);
  expect(Math.abs(scale - 0.25)).toBeLessThan(0.013);
  expect(bias).toBeLessThan(3);
  expect(bias).toBeGreaterThan(2.987);
});

test("a row of weight 0 has no influence", async () => {
  const flipped = (step: number): RewardBatch => {
    const batch = small(step);
    batch.labels[3] = 1 - batch.labels[3]!;
    return { ...batch, weights: Float32Array.of(1, 2, 1, 0) };
  };
  const plain = (step: number): RewardBatch => ({ ...small(step), weights: Float32Array.of(1, 2, 1, 0) });
  const one = await run({ kind: "likelihood", steps: 3, batch: flipped });
  const other = await run({ kind: "likelihood", steps: 3, batch: plain });
  expect(one.weights).toEqual(other.weights);
});

test("rewards do not depend on padding and equal those of the written-out model", async () => {
  const kind = "likelihood";
  const { weights } = await run({ kind, steps: 10 });
  const rows = [
    [0, 3, 5],
    [2, 1, 1, 4, 5],
  ];
  const rewardsAt = (length: number): Promise<Float32Array> => {
    const batch: RewardRows = {
      rows: 2,
      length,
      tokens: Int32Array.from(rows.flatMap((row) => [...row, ...new Array<number>(length - row.length).fill(2)])),
      starts: Int32Array.of(1, 2),
      ends: Int32Array.of(3, 5),
    };
    return forwardRewards({ config, kind, weights }, batch);
  };
  const double = new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
  const expected = [
    referenceReward(kind, config, double, rows[0]!, 1),
    referenceReward(kind, config, double, rows[1]!, 2),
  ];
  for (const length of [5, 9]) {
    const rewards = await rewardsAt(length);
    expect(Math.abs(rewards[0]! - expected[0]!)).toBeLessThan(1e-4);
    expect(Math.abs(rewards[1]! - expected[1]!)).toBeLessThan(1e-4);
  }
});

test("a response that does not lie within its row is refused", async () => {
  const batch = (step: number): RewardBatch => ({ ...small(step), ends: Int32Array.of(3, 3, 4, 3) });
  await expect(run({ kind: "classifier", batch })).rejects.toThrow(
    "invalid-batch: The response of row 2 does not lie within its 3 tokens, after at least one of the prompt. Received: [1,4].",
  );
});
