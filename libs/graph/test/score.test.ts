import { describe, expect, it } from "vitest";
import {
  buildEmbedGraph,
  buildGenerateGraph,
  buildRewardGraph,
  buildScoreGraph,
  buildStandardGraph,
  buildStepRewardGraph,
} from "../src/index.ts";
import { fixtureConfig, generator, randomModel } from "./random-model.ts";
import type { RandomModel } from "./random-model.ts";
import { decodingLaw, forward, logSoftmax, topConfidence } from "./reference.ts";
import { generateFeeds, open, outputNames, row } from "./session.ts";

const small = {
  ...fixtureConfig,
  vocab_size: 40,
  hidden_size: 64,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_key_value_heads: 2,
};
const random = generator(8);
const sequences = [17, 9, 23, 12].map((length) => Array.from({ length }, () => Math.floor(random() * 40)));

/** Sequences as one batch, padded on the right to `width` with `filler`. */
function batch(rows: readonly (readonly number[])[], width: number, filler: number) {
  const padded = rows.flatMap((ids) => [...ids, ...Array.from({ length: width - ids.length }, () => filler)]);
  return {
    input_ids: { int: padded, dims: [rows.length, width] },
    lengths: { int: rows.map((ids) => ids.length), dims: [rows.length] },
  };
}

describe("score", () => {
  const model = randomModel(small, 21, 1.5);

  it.each([
    { law: "plain", topK: 40, topP: 1 },
    { law: "truncated", topK: 11, topP: 0.8 },
  ] as const)("gives the statistics of a float64 forward pass ($law)", async ({ law, topK, topP }) => {
    const run = await open(model, buildScoreGraph(model, { target: "cpu", law }));
    const start = 4;
    const result = await run({
      ...batch(sequences, 25, 39),
      start: { int: [start], dims: [] },
      temperature: { float: [0.7], dims: [] },
      top_k: { int: [topK], dims: [] },
      top_p: { float: [topP], dims: [] },
    });
    expect(result["log_probability"]?.dims).toEqual([4, 25 - start]);
    for (const [index, ids] of sequences.entries()) {
      const { logits } = forward(model, ids);
      for (let position = start; position < ids.length; position++) {
        const at = (name: string) => result[name]?.data[index * (25 - start) + position - start];
        const measure = (name: string) => result[name]?.data[index * (26 - start) + position - start];
        const token = ids[position] ?? 0;
        const logs = logSoftmax(logits[position - 1] ?? []);
        const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
        expect(at("log_probability")).toBeCloseTo(logs[token] ?? 0, 4);
        expect(measure("entropy")).toBeCloseTo(-logs.reduce((sum, x) => sum + Math.exp(x) * x, 0), 4);
        expect(measure("self_certainty")).toBeCloseTo(-mean - Math.log(40), 4);
        expect(measure("gini")).toBeCloseTo(
          logs.reduce((sum, x) => sum + Math.exp(2 * x), 0),
          4,
        );
        expect(measure("top_confidence")).toBeCloseTo(topConfidence(logs), 4);
        const tempered = Math.log(decodingLaw(logits[position - 1] ?? [], 0.7, topK, topP)[token] ?? 0);
        // −∞ on both sides outside the truncated set.
        expect(at("decoding_log_probability")).toBeCloseTo(tempered, 4);
      }
    }
  });

  it("gives drawn tokens the statistics they were drawn with", async () => {
    const rows = 6;
    const prompt = sequences[1] ?? [];
    const uniforms = Float32Array.from({ length: rows * 20 }, () => random());
    const generate = await open(model, buildGenerateGraph(model, { target: "cpu", loop: "compact", law: "plain" }));
    const score = await open(model, buildScoreGraph(model, { target: "cpu" }));
    const drawn = await generate(generateFeeds({ prompt, uniforms, rows, temperature: 0.8 }));
    for (let r = 0; r < rows; r++) {
      const scored = await score({
        ...batch([[...prompt, ...row(drawn["tokens"], r)]], prompt.length + 20, 0),
        start: { int: [prompt.length], dims: [] },
        temperature: { float: [0.8], dims: [] },
      });
      for (const name of outputNames)
        row(drawn[name], r).forEach((value, t) => expect(scored[name]?.data[t]).toBeCloseTo(value, 4));
    }
  });
});

describe("reward", () => {
  const starts = [5, 3, 9, 11];
  const kinds = ["LlamaForSequenceClassification", "LlamaForLikelihoodReward"] as const;
  const build = (kind: (typeof kinds)[number]) =>
    randomModel({ ...small, architectures: [kind], num_labels: 1, tie_word_embeddings: kind === kinds[1] }, 33, 1.5);

  function exact(model: RandomModel, ids: readonly number[], start: number): number {
    const tensor = (name: string) => model.numbers.get(name) ?? new Float32Array();
    const { hidden, logits } = forward(model, ids);
    const linear = (hidden.at(-1) ?? []).reduce((sum, x, i) => sum + x * (tensor("score.weight")[i] ?? 0), 0);
    if (model.config.kind === "classifier") return linear;
    const likelihood = ids
      .slice(start)
      .reduce((sum, token, i) => sum + (logSoftmax(logits[start + i - 1] ?? [])[token] ?? 0), 0);
    return (tensor("likelihood.scale")[0] ?? 0) * likelihood + linear + (tensor("score.bias")[0] ?? 0);
  }

  it.each(kinds)("of kind %s is its formula in float64", async (kind) => {
    const model = build(kind);
    const run = await open(model, buildRewardGraph(model, { target: "cpu" }));
    const { reward } = await run({ ...batch(sequences, 23, 7), response_starts: { int: starts, dims: [4] } });
    sequences.forEach((ids, index) =>
      expect(reward?.data[index]).toBeCloseTo(exact(model, ids, starts[index] ?? 1), 3),
    );
  });

  it.each(kinds)("of kind %s does not depend on batch size or padding", async (kind) => {
    const model = build(kind);
    const run = await open(model, buildRewardGraph(model, { target: "cpu" }));
    const all = Array.from({ length: 32 }, (_, index) => (sequences[index % 4] ?? []).slice(0, 9 + (index % 3)));
    const rewards = async (size: number, padding: number, filler: number) => {
      const values: number[] = [];
      for (let first = 0; first < all.length; first += size) {
        const part = all.slice(first, first + size);
        const width = Math.max(...part.map((ids) => ids.length)) + padding;
        const { reward } = await run({
          ...batch(part, width, filler),
          response_starts: { int: part.map((_, i) => 3 + ((first + i) % 4)), dims: [part.length] },
        });
        values.push(...(reward?.data ?? []));
      }
      return values;
    };
    const alone = await rewards(1, 0, 0);
    for (const size of [1, 2, 4, 32])
      for (const [padding, filler] of [
        [0, 0],
        [1, 39],
        [40, 5],
      ] as const)
        (await rewards(size, padding, filler)).forEach((value, index) =>
          expect(Math.abs(value - (alone[index] ?? Number.NaN))).toBeLessThan(1e-4),
        );
  });

  it.each(kinds)("of kind %s is given for every beginning by one pass, as for each by itself", async (kind) => {
    const model = build(kind);
    const steps = await open(model, buildStepRewardGraph(model, { target: "cpu" }));
    const { rewards } = await steps({ ...batch(sequences, 23, 7), response_starts: { int: starts, dims: [4] } });
    expect(rewards?.dims).toEqual([4, 23]);
    for (const [index, ids] of sequences.entries()) {
      const start = starts[index] ?? 1;
      for (let length = start; length <= ids.length; length++)
        expect(rewards?.data[23 * index + length - 1]).toBeCloseTo(exact(model, ids.slice(0, length), start), 3);
    }
  });

  it.each(kinds)("of kind %s is given to a prompt alone", async (kind) => {
    const model = build(kind);
    const prompt = sequences[1] ?? [];
    const feeds = { ...batch([prompt], prompt.length, 0), response_starts: { int: [prompt.length], dims: [1] } };
    const { reward } = await (await open(model, buildRewardGraph(model, { target: "cpu" })))(feeds);
    const { rewards } = await (await open(model, buildStepRewardGraph(model, { target: "cpu" })))(feeds);
    expect(reward?.data[0]).toBeCloseTo(exact(model, prompt, prompt.length), 3);
    expect(rewards?.data.at(-1)).toBeCloseTo(exact(model, prompt, prompt.length), 3);
  });

  it("refuses a model without a reward head", () => {
    const model = randomModel(small);
    expect(() => buildRewardGraph(model, { target: "cpu" })).toThrow(
      "unsupported-model: A reward model needs a reward head. Received: LlamaForCausalLM. Use a model whose config.json names a …ForSequenceClassification architecture or LlamaForLikelihoodReward.",
    );
  });
});

describe("embed", () => {
  it("gives the final-norm hidden state of the last real token", async () => {
    const model = randomModel(small, 41, 1.5);
    const run = await open(model, buildEmbedGraph(model, { target: "cpu" }));
    const { embedding } = await run(batch(sequences, 30, 3));
    expect(embedding?.dims).toEqual([4, 64]);
    for (const [index, ids] of sequences.entries())
      forward(model, ids)
        .hidden.at(-1)
        ?.forEach((x, i) => expect(embedding?.data[index * 64 + i]).toBeCloseTo(x, 4));
  });
});

describe("standard layout", () => {
  it("gives the logits of a float64 forward pass, with left padding and with a cache", async () => {
    const model = randomModel({ ...small, tie_word_embeddings: true, attention_bias: true }, 51, 1.5);
    const run = await open(model, buildStandardGraph(model));
    const width = 23;
    const padding = sequences.map((ids) => width - ids.length);
    const grid = (value: (row: number, column: number) => number, columns: number, first = 0) => ({
      int: sequences.flatMap((_, r) => Array.from({ length: columns }, (_unused, c) => value(r, first + c))),
      dims: [sequences.length, columns],
    });
    const id = (r: number, c: number) => sequences[r]?.[c - (padding[r] ?? 0)] ?? 0;
    const real = (r: number, c: number) => (c >= (padding[r] ?? 0) ? 1 : 0);
    const position = (r: number, c: number) => Math.max(0, c - (padding[r] ?? 0));
    const split = 20;
    const none = { float: [], dims: [4, 2, 0, 16] };
    const first = await run({
      input_ids: grid(id, split),
      attention_mask: grid(real, split),
      position_ids: grid(position, split),
      "past_key_values.0.key": none,
      "past_key_values.0.value": none,
      "past_key_values.1.key": none,
      "past_key_values.1.value": none,
    });
    const kept = (name: string) => ({ float: first[name]?.data ?? [], dims: first[name]?.dims ?? [] });
    expect(first["present.1.key"]?.dims).toEqual([4, 2, split, 16]);
    const rest = await run({
      input_ids: grid(id, width - split, split),
      attention_mask: grid(real, width),
      position_ids: grid(position, width - split, split),
      "past_key_values.0.key": kept("present.0.key"),
      "past_key_values.0.value": kept("present.0.value"),
      "past_key_values.1.key": kept("present.1.key"),
      "past_key_values.1.value": kept("present.1.value"),
    });
    expect(rest["logits"]?.dims).toEqual([4, width - split, 40]);
    for (const [r, ids] of sequences.entries()) {
      const { logits } = forward(model, ids);
      for (let c = padding[r] ?? 0; c < width; c++) {
        const [part, columns, column] = c < split ? [first, split, c] : [rest, width - split, c - split];
        const offset = (r * columns + column) * 40;
        logits[c - (padding[r] ?? 0)]?.forEach((x, v) => expect(part["logits"]?.data[offset + v]).toBeCloseTo(x, 4));
      }
    }
  });
});
