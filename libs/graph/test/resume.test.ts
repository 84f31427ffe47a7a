import { describe, expect, it } from "vitest";
import { buildGenerateGraph, cacheWidth } from "../src/index.ts";
import { fixtureConfig, generator, randomModel } from "./random-model.ts";
import { generateFeeds, open, outputNames, row } from "./session.ts";
import type { Output } from "./session.ts";

const small = { ...fixtureConfig, vocab_size: 40, hidden_size: 64, intermediate_size: 48, num_hidden_layers: 2 };
const architectures = {
  "multi-head attention": small,
  "grouped queries, biases": { ...small, num_key_value_heads: 2, attention_bias: true, mlp_bias: true },
  "one key/value head, wide heads": { ...small, num_key_value_heads: 1, head_dim: 12, rope_theta: 500 },
  "a window of 5 tokens": {
    ...small,
    architectures: ["MistralForCausalLM"],
    num_key_value_heads: 2,
    sliding_window: 5,
  },
  "normed heads": { ...small, architectures: ["Qwen3ForCausalLM"], num_key_value_heads: 2 },
  "a layer without positions": { ...small, architectures: ["SmolLM3ForCausalLM"], no_rope_layer_interval: 2 },
  "turns that depend on the length": {
    ...small,
    max_position_embeddings: 8,
    rope_scaling: { rope_type: "dynamic", factor: 4 },
  },
};
const variants = [
  { target: "cpu", loop: "whole" },
  { target: "cpu", loop: "compact" },
  { target: "webgpu", loop: "whole" },
] as const;
const rows = 7;
const steps = 21;
const random = generator(3);
const prompts = Array.from({ length: rows }, (_, r) =>
  Array.from({ length: 4 + ((5 * r) % 9) }, () => Math.floor(random() * 40)),
);
const uniforms = Float32Array.from({ length: rows * steps }, () => random());
const end = [3, 11];

/** The forms of loops are tried on the plain model; what differs between families lies before them. */
const formsOf = (json: object) => (json === small ? variants : variants.filter(({ loop }) => loop === "compact"));

describe.each(Object.entries(architectures))("generate, resumed: %s", (_name, json) => {
  const model = randomModel(json, 5, 1.5);
  const width = cacheWidth(model.config);

  it.each(formsOf(json))(
    "goes on from kept keys and values as from the tokens themselves ($target, $loop)",
    async (variant) => {
      const options = { ...variant, law: "plain" } as const;
      const separate = await open(model, buildGenerateGraph(model, { ...options, prompts: "separate" }));
      const resumed = await open(model, buildGenerateGraph(model, { ...options, prompts: "resumed" }));

      const drawn = await separate({ ...generateFeeds({ prompt: [], uniforms, rows, end }), ...padded(prompts) });
      const unkept = Array.from({ length: rows }, () => new Float32Array());
      const first = await resumed({
        ...generateFeeds({ prompt: [], uniforms, rows, end }),
        ...padded(prompts),
        ...past(unkept),
      });
      const lengths = Array.from(first["lengths"]!.data);
      expect(lengths).toEqual(Array.from(drawn["lengths"]!.data));
      expect(new Set(lengths).size).toBeGreaterThan(1);
      expectSame(first, drawn, lengths);

      // Sequences with the keys and values of all their tokens, as the run handed them out.
      const sequences = prompts.map((prompt, r) => [...prompt, ...row(first["tokens"], r, lengths[r])]);
      const kept = prompts.map((prompt, r) => cacheOf(first, r, prompt.length, lengths[r]!));
      // Cut at the prompt's first token, in the prompt, where it ends, in the response, at its last token; keep as much or less.
      const cuts = sequences.map((tokens, r) => [1, 3, prompts[r]!.length, tokens.length - 1, tokens.length][r % 5]!);
      const held = cuts.map((cut, r) => [cut - 1, Math.floor(cut / 2), 0][r % 3]!);
      const contexts = sequences.map((tokens, r) => tokens.slice(0, cuts[r]));
      const feeds = generateFeeds({ prompt: [], uniforms: uniforms.toReversed(), rows, end });
      const expected = await separate({ ...feeds, ...padded(contexts) });
      const actual = await resumed({
        ...feeds,
        ...padded(contexts.map((tokens, r) => tokens.slice(held[r]))),
        ...past(kept.map((numbers, r) => numbers.slice(0, held[r]! * width))),
      });
      expectSame(actual, expected, Array.from(expected["lengths"]!.data));
    },
  );

  it.each(formsOf(json))("lets many rows go on from one kept prompt ($target, $loop)", async (variant) => {
    const options = { ...variant, law: "plain" } as const;
    const shared = await open(model, buildGenerateGraph(model, options));
    const resumed = await open(model, buildGenerateGraph(model, { ...options, prompts: "resumed-shared" }));
    const feeds = generateFeeds({ prompt: prompts[1]!, uniforms, rows, end });
    const expected = await shared(feeds);
    const lengths = Array.from(expected["lengths"]!.data);
    expect(Math.max(...lengths)).toBeGreaterThan(3);
    const first = await resumed({ ...feeds, ...padded([prompts[1]!]), ...past([new Float32Array()]) });
    expectSame(first, expected, lengths);

    // Every row's response, to be continued from its last token but one by as many rows.
    for (const r of [0, 3]) {
      const sequence = [...prompts[1]!, ...row(first["tokens"], r, lengths[r])].slice(0, -1);
      const kept = cacheOf(first, r, prompts[1]!.length, sequence.length - prompts[1]!.length, 0);
      for (const held of [sequence.length - 1, prompts[1]!.length - 2]) {
        const continued = await resumed({
          ...feeds,
          ...padded([sequence.slice(held)]),
          ...past([kept.slice(0, held * width)]),
        });
        const again = await shared({ ...feeds, prompt_ids: { int: sequence, dims: [sequence.length] } });
        expectSame(continued, again, Array.from(again["lengths"]!.data));
      }
    }
  });

  function cacheOf(outputs: Record<string, Output>, r: number, read: number, drawn: number, prompt = r): Float32Array {
    const [, longest = 0] = outputs["read_cache"]!.dims;
    const [, , interval = 0] = outputs["drawn_cache"]!.dims;
    const token = (output: Output, at: number) => output.data.slice(at * width, (at + 1) * width);
    const numbers = [
      ...Array.from({ length: read }, (_, t) => token(outputs["read_cache"]!, prompt * longest + t)),
      ...Array.from({ length: drawn }, (_, t) =>
        token(outputs["drawn_cache"]!, (Math.floor(t / interval) * rows + r) * interval + (t % interval)),
      ),
    ];
    return Float32Array.from(numbers.flatMap((values) => Array.from(values)));
  }

  function past(kept: readonly Float32Array[]) {
    const longest = Math.max(...kept.map(({ length }) => length));
    // What stands in the padding must not matter.
    const float = new Float32Array(kept.length * longest).fill(7);
    for (const [r, numbers] of kept.entries()) float.set(numbers, r * longest);
    return {
      past: { float, dims: [kept.length, longest / width, width] },
      past_lengths: { int: kept.map(({ length }) => length / width), dims: [kept.length] },
    };
  }
});

function padded(contexts: readonly (readonly number[])[]) {
  const longest = Math.max(...contexts.map(({ length }) => length));
  return {
    prompt_ids: {
      int: contexts.flatMap((ids) => Array.from({ length: longest }, (_, t) => ids[t] ?? 5)),
      dims: [contexts.length, longest],
    },
    prompt_lengths: { int: contexts.map(({ length }) => length), dims: [contexts.length] },
  };
}

function expectSame(
  actual: Record<string, Output>,
  expected: Record<string, Output>,
  lengths: readonly number[],
): void {
  for (const [r, length] of lengths.entries()) {
    expect(row(actual["tokens"], r, length)).toEqual(row(expected["tokens"], r, length));
    for (const name of outputNames) {
      const [own, other] = [row(actual[name], r, length), row(expected[name], r, length)];
      for (const [t, value] of own.entries())
        expect(Math.abs(value - other[t]!), `${name} ${r} ${t}`).toBeLessThan(1e-5);
    }
  }
}
