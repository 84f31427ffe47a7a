import { expect, test } from "vitest";
import { buildLikelihoodGraph, buildScoreGraph } from "../src/index.ts";
import { randomModel } from "./random-model.ts";
import { open } from "./session.ts";
import type { Feeds, Output } from "./session.ts";

const shape = {
  architectures: ["LlamaForCausalLM"],
  vocab_size: 23,
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  rms_norm_eps: 1e-5,
};
const models = [
  ["tied embeddings", randomModel({ ...shape, tie_word_embeddings: true })],
  ["biases and a head of its own", randomModel({ ...shape, attention_bias: true, mlp_bias: true })],
] as const;
type Model = (typeof models)[number][1];

const ROWS = [
  [3, 1, 4, 1, 5, 9, 2, 6],
  [22, 0, 7, 7, 13],
];

/** Every token for itself, nothing shared, one window for a row, padded with token `pad`. Coefficients 1, −2, 3, … on what is to be predicted. */
function feeds(model: Model, rows: readonly (readonly number[])[], pad = 0): Feeds {
  const given = rows.map((row) => row.slice(0, -1));
  const length = Math.max(...given.map((row) => row.length));
  const tokens = given.flatMap((row, r) => row.map((id, t) => ({ id, r, t })));
  const slots = Array.from({ length: rows.length * length }, () => pad);
  tokens.forEach(({ r, t }, token) => (slots[r * length + t] = token));
  const ints = (values: readonly number[], ...dims: number[]) => ({ int: values, dims });
  const parameters = [...model.numbers].map(([name, float]) => {
    const { shape: own } = model.weights.get(name)!;
    return [name, { float, dims: own }] as const;
  });
  return {
    ...Object.fromEntries(parameters),
    input_ids: ints(
      tokens.map(({ id }) => id),
      tokens.length,
    ),
    positions: ints(
      tokens.map(({ t }) => t),
      tokens.length,
      1,
    ),
    queries: ints(slots, rows.length, length),
    keys: ints(slots, rows.length, length),
    homes: ints(
      tokens.map(({ r, t }) => r * length + t),
      tokens.length,
    ),
    pairs: ints(
      tokens.flatMap(({ r, t }, token) => [token, rows[r]![t + 1]!]),
      tokens.length,
      2,
    ),
    coefficients: { float: tokens.map(({ t }) => (t + 1) * (-1) ** t), dims: [tokens.length] },
  };
}

function largestDifference(a: Output, b: Output): number {
  const scale = Math.max(...Array.from(b.data, Math.abs));
  return Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!))) / scale;
}

test.each(models)("with %s, log-probabilities of given tokens are those of the score graph", async (_, model) => {
  const run = await open(model, buildLikelihoodGraph(model.config, { target: "cpu", gradient: false }));
  const score = await open(model, buildScoreGraph(model, { target: "cpu" }));
  const { log_probability: computed } = await run(feeds(model, ROWS.slice(0, 1)));
  const { log_probability: scored } = await score({
    input_ids: { int: ROWS[0]!, dims: [1, 8] },
    start: { int: [1], dims: [] },
    temperature: { float: [1], dims: [] },
  });
  expect(largestDifference(computed!, scored!)).toBeLessThan(1e-5);
});

test.each(models)("with %s, plain operators give the gradients of the fused ones", async (_, model) => {
  const graph = (emit: "fused" | "primitive") =>
    open(model, buildLikelihoodGraph(model.config, { target: "cpu", gradient: true, emit }));
  const given = feeds(model, ROWS);
  const [fused, plain] = [await (await graph("fused"))(given), await (await graph("primitive"))(given)];
  expect(Object.keys(fused)).toEqual([
    "log_probability",
    ...[...model.numbers.keys()].map((name) => `gradient.${name}`),
  ]);
  for (const [name, output] of Object.entries(fused))
    expect(largestDifference(output, plain[name]!)).toBeLessThan(1e-5);
});

test("what stands on padding changes no gradient", async () => {
  const [, model] = models[0];
  const run = await open(model, buildLikelihoodGraph(model.config, { target: "cpu", gradient: true }));
  const [zeros, others] = [await run(feeds(model, ROWS, 0)), await run(feeds(model, ROWS, 8))];
  for (const name of model.numbers.keys()) {
    expect(zeros[`gradient.${name}`]!.data).toEqual(others[`gradient.${name}`]!.data);
  }
});

test("tokens that two rows share may stand once", async () => {
  const [, model] = models[0];
  const run = await open(model, buildLikelihoodGraph(model.config, { target: "cpu", gradient: true }));
  const alike = [
    [3, 1, 4, 1, 5],
    [3, 1, 9, 2, 6],
  ];
  const apart = feeds(model, alike);
  const shared: Feeds = {
    ...apart,
    input_ids: { int: [3, 1, 4, 1, 9, 2], dims: [6] },
    positions: { int: [0, 1, 2, 3, 2, 3], dims: [6, 1] },
    queries: { int: [0, 1, 2, 3, 4, 5], dims: [3, 2] },
    keys: { int: [0, 1, 5, 5, 0, 1, 2, 3, 0, 1, 4, 5], dims: [3, 4] },
    homes: { int: [0, 1, 2, 3, 4, 5], dims: [6] },
    pairs: { int: [0, 1, 1, 4, 2, 1, 3, 5, 0, 1, 1, 9, 4, 2, 5, 6], dims: [8, 2] },
  };
  const [wanted, given] = [await run(apart), await run(shared)];
  for (const [name, output] of Object.entries(given))
    expect(largestDifference(output, wanted[name]!)).toBeLessThan(1e-5);
});

test("two graphs of one configuration are equal byte by byte", () => {
  const [, model] = models[1];
  const graph = () => buildLikelihoodGraph(model.config, { target: "cpu", gradient: true });
  expect(graph()).toEqual(graph());
});
