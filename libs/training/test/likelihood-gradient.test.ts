import { expect, test } from "vitest";
import { initializeLlama, openLikelihoodGradient } from "../src/index.ts";
import type { LlamaConfig, Weights } from "../src/index.ts";
import { parameterLayout } from "../src/parameters.ts";
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

const flavours: readonly (readonly [string, LlamaConfig])[] = [
  ["tied embeddings", { ...base, tie_word_embeddings: true }],
  ["a head and biases of their own", { ...base, attention_bias: true, mlp_bias: true }],
];

const ROWS = [[1, 4, 2, 0, 3], [0, 0, 1], [2], [1, 4, 0, 1, 4, 4, 1]];
/** Two rows begin alike. The first of each row counts for nothing; the second row has nothing that counts. */
const COEFFICIENTS = [[9, -0.5, 1, 0, 2], [9, 0, 0], [9], [9, 0, 0.25, 1, -3, 0, 1]];

const rows = ROWS.map((tokens) => ({ tokens: Int32Array.from(tokens) }));
const coefficients = COEFFICIENTS.map((given) => Float32Array.from(given));

/** A fresh model with its weights enlarged, and gains and biases unequal, so that every tensor has a say. */
function strongWeights(config: LlamaConfig): Weights {
  return new Map(
    [...initializeLlama(config, 11)].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value, i) => (shape.length === 1 ? value + 0.3 * Math.sin(2 * i + 1) : 15 * value)) },
    ]),
  );
}

function double(weights: Weights): Map<string, Float64Array> {
  return new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
}

/** Computed once for both backends: double precision, two sums for every weight. */
const slopes = new Map<LlamaConfig, ReturnType<typeof finiteDifferences>>();

function expectedGradient(config: LlamaConfig): ReturnType<typeof finiteDifferences> {
  const known = slopes.get(config);
  if (known !== undefined) return known;
  const sum = (reference: Reference): number =>
    ROWS.reduce((total, tokens, r) => {
      const logp = referenceLogProbabilities(config, reference, tokens);
      return tokens.reduce((part, _token, t) => (t === 0 ? part : part + COEFFICIENTS[r]![t]! * logp[t]!), total);
    }, 0);
  const computed = finiteDifferences(double(strongWeights(config)), sum);
  slopes.set(config, computed);
  return computed;
}

const cases = flavours.flatMap(([name, config]) => (["onnx", "jax"] as const).map((b) => [b, name, config] as const));

test.each(cases)(
  "%s: gradients of signed sums over ragged rows are the finite differences of a written-out model with %s",
  async (backend, _, config) => {
    const weights = strongWeights(config);
    await using engine = await openLikelihoodGradient({ config, weights, backend });
    const layout = parameterLayout(config, "language-model");
    const into = new Float32Array(layout.size).fill(7);
    const given = await engine.gradient(rows, coefficients, into);

    const expected = expectedGradient(config);
    const wrong = layout.slots.flatMap(({ name, offset }) => {
      const wanted = expected.get(name)!;
      const scale = Math.max(...wanted.map(Math.abs));
      const worst = Math.max(...wanted.map((slope, i) => Math.abs(slope - into[offset + i]!)));
      return scale > 1e-4 && worst < 1e-4 * scale ? [] : [`${name}: ${worst} of ${scale}`];
    });
    expect(wrong).toEqual([]);

    ROWS.forEach((tokens, r) => {
      const wanted = referenceLogProbabilities(config, double(weights), tokens);
      expect(given[r]!.length).toBe(tokens.length);
      expect(given[r]![0]).toBe(0);
      for (let t = 1; t < tokens.length; t++) expect(given[r]![t]).toBeCloseTo(wanted[t]!, 4);
    });
    const forward = await engine.logProbabilities(rows);
    forward.forEach((row, r) => row.forEach((value, t) => expect(value).toBeCloseTo(given[r]![t]!, 4)));

    // The parameters are read anew by every call.
    engine.parameters.fill(0);
    const [flat] = await engine.gradient(rows.slice(1, 2), coefficients.slice(1, 2), into);
    expect(flat![1]).toBeCloseTo(-Math.log(config.vocab_size), 5);
    expect(into.every((value) => value === 0)).toBe(true);
  },
);

test("rows and coefficients that cannot be computed are refused by name", async () => {
  const [, config] = flavours[0]!;
  await using engine = await openLikelihoodGradient({ config, weights: initializeLlama(config, 1) });
  const into = new Float32Array(engine.parameters.length);
  const row = { tokens: Int32Array.of(1, 2) };
  const gradient = (...given: Float32Array[]) => engine.gradient([row], given, into);
  await expect(gradient()).rejects.toThrow("invalid-batch: There must be coefficients for every row. Received: 0.");
  await expect(gradient(Float32Array.of(0))).rejects.toThrow(
    "Row 0 has 2 tokens and another number of coefficients. Received: 1.",
  );
  await expect(gradient(Float32Array.of(0, Number.NaN))).rejects.toThrow(
    "Coefficient 1 of row 0 is not a finite number.",
  );
  await expect(engine.logProbabilities([row, { tokens: Int32Array.of() }])).rejects.toThrow("Row 1 has no tokens.");
  await expect(engine.logProbabilities([{ tokens: Int32Array.of(5) }])).rejects.toThrow(
    "Row 0 has a token outside the vocabulary of 5. Received: 5.",
  );
  await expect(openLikelihoodGradient({ config: { ...config, head_dim: 3 } })).rejects.toThrow(
    "invalid-model: the width of a head must be an even integer",
  );
});
