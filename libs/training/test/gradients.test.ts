import { expect, test } from "vitest";
import type { LlamaConfig } from "../src/config.ts";
import { GradientPool } from "../src/gradient-pool.ts";
import { initializeLlama } from "../src/index.ts";
import { flatten, parameterLayout } from "../src/parameters.ts";
import { shardSupervised } from "../src/supervised.ts";
import type { Weights } from "../src/weights.ts";
import { finiteDifferences, referenceLogProbabilities } from "./reference.ts";
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

/** Weights large enough that every tensor has a say in the loss: those of a fresh model, biases included, made ten times as large. */
function strongWeights(config: LlamaConfig): Weights {
  return new Map(
    [...initializeLlama(config, 11)].map(([name, { shape, data }]) => [
      name,
      {
        shape,
        data: data.map((value, i) => (shape.length === 1 ? value + 0.3 * Math.sin(i + name.length) : value * 15)),
      },
    ]),
  );
}

const double = (weights: Weights): Reference =>
  new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));

function expectClose(
  config: LlamaConfig,
  gradient: Float32Array,
  expected: ReadonlyMap<string, readonly number[]>,
): void {
  for (const { name, offset, size } of parameterLayout(config, "language-model").slots) {
    const wanted = expected.get(name)!;
    const scale = Math.max(...wanted.map(Math.abs));
    expect(scale, `${name} has a gradient`).toBeGreaterThan(1e-4);
    const worst = Math.max(...wanted.map((value, i) => Math.abs(value - gradient[offset + i]!)));
    expect(size).toBe(wanted.length);
    expect(worst / scale, `relative error of the gradient of ${name}`).toBeLessThan(1e-4);
  }
}

test.each([
  ["tied embeddings", tied],
  ["a head and biases of their own", untiedWithBiases],
])(
  "loss and gradient of a grouped-query model with %s agree with finite differences of a written-out model",
  async (_, config) => {
    const rows = [
      [1, 4, 2, 0, 3, 3],
      [0, 0, 1, 2, 4, 1],
      [3, 2, 2, 1, 0, 0],
    ];
    const rowWeights = [
      [9, 0.5, 1, 1, 2, 0],
      [9, 1, 0, 1, 1, 1],
      [9, 0.25, 1, 0, 0, 0],
    ];
    const weights = strongWeights(config);
    const loss = (w: Reference): number => {
      let sum = 0;
      let total = 0;
      rows.forEach((tokens, r) => {
        const logp = referenceLogProbabilities(config, w, tokens);
        for (let t = 1; t < tokens.length; t++) {
          sum -= rowWeights[r]![t]! * logp[t]!;
          total += rowWeights[r]![t]!;
        }
      });
      return sum / total;
    };
    const layout = parameterLayout(config, "language-model");
    await using pool = new GradientPool({
      config,
      kind: "language-model",
      loss: "supervised",
      shards: 2,
      threads: 1,
      trainable: layout.slots.map(({ name }) => name),
    });
    flatten(layout, weights, pool.parameters);
    const gradient = new Float32Array(layout.size);
    const batch = {
      rows: 3,
      length: 6,
      tokens: Int32Array.from(rows.flat()),
      weights: Float32Array.from(rowWeights.flat()),
    };
    const value = await pool.compute(shardSupervised(batch, 2).shards, gradient);
    const reference = double(weights);
    expect(Math.abs(value - loss(reference))).toBeLessThan(1e-5);
    expectClose(config, gradient, finiteDifferences(reference, loss));
  },
);
