import { expect, test } from "vitest";
import { shardPairs } from "../src/bradley-terry.ts";
import type { LlamaConfig, ModelKind } from "../src/config.ts";
import { GradientPool } from "../src/gradient-pool.ts";
import type { LossName } from "../src/losses.ts";
import { initializeLlama } from "../src/initialize.ts";
import { flatten, parameterLayout } from "../src/parameters.ts";
import { shardReward } from "../src/reward.ts";
import type { RewardKind, RewardRows } from "../src/reward.ts";
import type { RowInputs } from "../src/rows.ts";
import { shardSupervised } from "../src/supervised.ts";
import type { Weights } from "../src/weights.ts";
import { finiteDifferences, referenceLogProbabilities, referenceReward } from "./reference.ts";
import type { Reference } from "./reference.ts";

const base = {
  vocab_size: 5,
  hidden_size: 8,
  intermediate_size: 6,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-5,
} as const;
const tied: LlamaConfig = { ...base, tie_word_embeddings: true };
const untiedWithBiases: LlamaConfig = { ...base, attention_bias: true, mlp_bias: true };

const ROWS = [
  [1, 4, 2, 0, 3, 3],
  [0, 0, 1, 2, 4, 1],
  [3, 2, 2, 1, 0, 0],
];

/** A fresh model with its weights enlarged, and gains and heads unequal, so that every tensor has a say in the loss. */
function strongWeights(config: LlamaConfig, kind: ModelKind): Weights {
  const bend = (value: number, i: number): number => value + 0.3 * Math.sin(2 * i + 1);
  return new Map(
    [...initializeLlama(config, 11, kind)].map(([name, { shape, data }]) => {
      const uneven = shape.length === 1 || name === "score.weight";
      return [name, { shape, data: data.map((value, i) => (uneven ? bend(value, i) : 15 * value)) }];
    }),
  );
}

interface Case {
  readonly config: LlamaConfig;
  readonly kind: ModelKind;
  readonly loss: LossName;
  readonly shards: readonly RowInputs[];
  /** Tensors whose gradient vanishes whatever their values. */
  readonly still?: readonly string[];
  /** The same loss of the written-out model. */
  readonly reference: (weights: Reference) => number;
}

interface Comparison {
  readonly lossError: number;
  /** Tensors whose gradient vanishes or is off by more than a ten-thousandth of its largest element. */
  readonly wrong: readonly string[];
}

async function compare({ config, kind, loss, shards, still = [], reference }: Case): Promise<Comparison> {
  const layout = parameterLayout(config, kind);
  const trainable = layout.slots.map(({ name }) => name);
  await using pool = new GradientPool({ config, kind, loss, shards: shards.length, threads: 1, trainable });
  const weights = strongWeights(config, kind);
  flatten(layout, weights, pool.parameters);
  const gradient = new Float32Array(layout.size);
  const value = await pool.compute(shards, gradient);
  const double = new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
  const expected = finiteDifferences(double, reference);
  const wrong = layout.slots.flatMap(({ name, offset }) => {
    const wanted = expected.get(name)!;
    const scale = Math.max(...wanted.map(Math.abs));
    const worst = Math.max(...wanted.map((slope, i) => Math.abs(slope - gradient[offset + i]!)));
    if (still.includes(name)) return scale < 1e-9 && worst < 1e-6 ? [] : [`${name} moves by ${worst}`];
    return scale > 1e-4 && worst < 1e-4 * scale ? [] : [`${name}: ${worst} of ${scale}`];
  });
  return { lossError: Math.abs(value - reference(double)), wrong };
}

const flavours = [
  ["tied embeddings", tied],
  ["a head and biases of their own", untiedWithBiases],
] as const;

test.each(flavours)(
  "cross-entropy: finite differences of a written-out grouped-query model with %s",
  async (_, config) => {
    const rowWeights = [
      [9, 0.5, 1, 1, 2, 0],
      [9, 1, 0, 1, 1, 1],
      [9, 0.25, 1, 0, 0, 0],
    ];
    const { lossError, wrong } = await compare({
      config,
      kind: "language-model",
      loss: "supervised",
      shards: shardSupervised(
        { rows: 3, length: 6, tokens: Int32Array.from(ROWS.flat()), weights: Float32Array.from(rowWeights.flat()) },
        2,
      ).shards,
      reference: (weights) => {
        let sum = 0;
        let total = 0;
        ROWS.forEach((tokens, r) => {
          const logp = referenceLogProbabilities(config, weights, tokens);
          for (let t = 1; t < tokens.length; t++) {
            sum -= rowWeights[r]![t]! * logp[t]!;
            total += rowWeights[r]![t]!;
          }
        });
        return sum / total;
      },
    });
    expect(lossError).toBeLessThan(1e-5);
    expect(wrong).toEqual([]);
  },
);

const kinds: readonly RewardKind[] = ["classifier", "likelihood"];

test.each(kinds.flatMap((kind) => flavours.map(([name, config]) => [kind, name, config] as const)))(
  "logistic loss of a %s reward: finite differences of a written-out model with %s",
  async (kind, _, config) => {
    const starts = [2, 3, 1];
    const ends = [6, 5, 3];
    const labels = [1, 0, 0.25];
    const rowWeights = [1, 3, 0.5];
    const { lossError, wrong } = await compare({
      config,
      kind,
      loss: kind,
      shards: shardReward(
        kind,
        {
          rows: 3,
          length: 6,
          tokens: Int32Array.from(ROWS.flat()),
          starts: Int32Array.from(starts),
          ends: Int32Array.from(ends),
          labels: Float32Array.from(labels),
          weights: Float32Array.from(rowWeights),
        },
        2,
      ).shards,
      reference: (weights) => {
        const total = rowWeights.reduce((sum, w) => sum + w, 0);
        return ROWS.reduce((sum, tokens, r) => {
          const reward = referenceReward(kind, config, weights, tokens.slice(0, ends[r]), starts[r]!);
          const probability = 1 / (1 + Math.exp(-reward));
          return (
            sum -
            (rowWeights[r]! / total) *
              (labels[r]! * Math.log(probability) + (1 - labels[r]!) * Math.log(1 - probability))
          );
        }, 0);
      },
    });
    expect(lossError).toBeLessThan(1e-5);
    expect(wrong).toEqual([]);
  },
);

test.each([
  ["classifier", ...flavours[1]],
  ["likelihood", ...flavours[0]],
] as const)(
  "Bradley-Terry loss of a %s reward: finite differences of a written-out model with %s",
  async (kind, _, config) => {
    const chosen = { starts: [2, 3], ends: [6, 5] };
    const rejected = { starts: [1, 4], ends: [3, 5] };
    const others = [ROWS[2]!, ROWS[0]!];
    const pairWeights = [1, 2.5];
    const side = (rows: readonly (readonly number[])[], { starts, ends }: typeof chosen): RewardRows => ({
      rows: 2,
      length: 6,
      tokens: Int32Array.from(rows.flat()),
      starts: Int32Array.from(starts),
      ends: Int32Array.from(ends),
    });
    const { lossError, wrong } = await compare({
      config,
      kind,
      loss: `${kind}Pairs`,
      // The bias cancels in a difference of rewards.
      still: ["score.bias"],
      shards: shardPairs(
        kind,
        {
          chosen: side(ROWS.slice(0, 2), chosen),
          rejected: side(others, rejected),
          weights: Float32Array.from(pairWeights),
        },
        2,
      ).shards,
      reference: (weights) => {
        const reward = (tokens: readonly number[], { starts, ends }: typeof chosen, i: number): number =>
          referenceReward(kind, config, weights, tokens.slice(0, ends[i]), starts[i]!);
        return pairWeights.reduce((sum, weight, i) => {
          const margin = reward(ROWS[i]!, chosen, i) - reward(others[i]!, rejected, i);
          return sum + (weight / 3.5) * Math.log(1 + Math.exp(-margin));
        }, 0);
      },
    });
    expect(lossError).toBeLessThan(1e-5);
    expect(wrong).toEqual([]);
  },
);
