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

/** Rows padded with a token to one length; coefficients 1, −2, 3, … on what is to be predicted, 0 on padding. */
function feeds(model: Model, rows: readonly (readonly number[])[], pad: number): Feeds {
  const length = Math.max(...rows.map((row) => row.length - 1));
  const table = (pick: (row: readonly number[], t: number) => number) =>
    rows.flatMap((row) => Array.from({ length }, (_, t) => pick(row, t)));
  const dims = [rows.length, length];
  const parameters = [...model.numbers].map(([name, float]) => {
    const { shape: own } = model.weights.get(name)!;
    return [name, { float, dims: own }] as const;
  });
  return {
    ...Object.fromEntries(parameters),
    input_ids: { int: table((row, t) => (t < row.length - 1 ? row[t]! : pad)), dims },
    targets: { int: table((row, t) => row[t + 1] ?? pad), dims },
    coefficients: { float: table((row, t) => (t < row.length - 1 ? (t + 1) * (-1) ** t : 0)), dims },
  };
}

function largestDifference(a: Output, b: Output): number {
  const scale = Math.max(...Array.from(b.data, Math.abs));
  expect(a.dims).toEqual(b.dims);
  return Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!))) / scale;
}

test.each(models)("with %s, log-probabilities of given tokens are those of the score graph", async (_, model) => {
  const run = await open(model, buildLikelihoodGraph(model.config, { target: "cpu", gradient: false }));
  const score = await open(model, buildScoreGraph(model, { target: "cpu" }));
  const { log_probability: computed } = await run(feeds(model, ROWS.slice(0, 1), 0));
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
  const given = feeds(model, ROWS, 0);
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
  const [zeros, others] = [await run(feeds(model, ROWS, 0)), await run(feeds(model, ROWS, 19))];
  for (const name of model.numbers.keys()) {
    expect(zeros[`gradient.${name}`]!.data).toEqual(others[`gradient.${name}`]!.data);
  }
});

test("two graphs of one configuration are equal byte by byte", () => {
  const [, model] = models[1];
  const graph = () => buildLikelihoodGraph(model.config, { target: "cpu", gradient: true });
  expect(graph()).toEqual(graph());
});
