import { expect, test } from "vitest";
import { forwardRewards, trainBradleyTerry } from "../src/index.ts";
import type { BradleyTerryBatch, BradleyTerryOptions, LlamaConfig, RewardRows, TrainingState } from "../src/index.ts";

const config: LlamaConfig = {
  vocab_size: 6,
  hidden_size: 16,
  intermediate_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  tie_word_embeddings: true,
};

/** Prompt [r], response of the token given and 5. */
const responses = (tokens: readonly number[]): RewardRows => ({
  rows: tokens.length,
  length: 3,
  tokens: Int32Array.from(tokens.flatMap((token, r) => [r, token, 5])),
  starts: new Int32Array(tokens.length).fill(1),
  ends: new Int32Array(tokens.length).fill(3),
});

/** The smaller token is preferred. */
function batch(step: number): BradleyTerryBatch {
  const smaller = [0, 1, 2].map((r) => (step + r) % 3);
  return { chosen: responses(smaller), rejected: responses(smaller.map((token) => token + 1 + (step % (3 - token)))) };
}

const run = (options: Partial<BradleyTerryOptions>): Promise<TrainingState> =>
  trainBradleyTerry({
    config,
    kind: "classifier",
    initial: 5,
    batch,
    steps: 100,
    optimizer: { schedule: { kind: "constant", peak: 0.02, warmup: 5 } },
    ...options,
  });

test("a reward model learns an order from pairs, starting at a loss of log 2", async () => {
  const losses: number[] = [];
  const { weights } = await run({ onStep: ({ loss }) => void losses.push(loss) });
  expect(losses[0]).toBeCloseTo(Math.log(2), 6);
  expect(losses.at(-1)).toBeLessThan(0.15);
  const rewards = await forwardRewards({ config, kind: "classifier", weights }, responses([0, 1, 2, 3]));
  expect([...rewards]).toEqual([...rewards].toSorted((a, b) => b - a));
});

test("a pair of weight 0 has no influence, nor has the bias", async () => {
  const turned = (step: number): BradleyTerryBatch => {
    const { chosen, rejected } = batch(step);
    const tokens = [chosen, rejected].map((side) => Int32Array.from(side.tokens));
    // The first pair the other way round.
    return {
      chosen: { ...chosen, tokens: tokens[0]!.with(1, tokens[1]![1]!) },
      rejected: { ...rejected, tokens: tokens[1]!.with(1, tokens[0]![1]!) },
      weights: Float32Array.of(0, 1, 1),
    };
  };
  const options = { kind: "likelihood", head: { bias: 0.75 }, steps: 4 } as const;
  const one = await run({ ...options, batch: turned });
  const other = await run({ ...options, batch: (step) => ({ ...batch(step), weights: Float32Array.of(0, 1, 1) }) });
  expect(one.weights).toEqual(other.weights);
  expect(one.weights.get("score.bias")!.data[0]).toBe(0.75);
});

test("sides of different numbers are refused", async () => {
  const uneven = (step: number): BradleyTerryBatch => ({ ...batch(step), rejected: responses([1, 2]) });
  await expect(run({ batch: uneven })).rejects.toThrow(
    "invalid-batch: The 3 chosen rows of 3 tokens have no rejected ones of the same number and length beside them. Received: [2,3].",
  );
});
