import { describe, expect, it } from "vitest";
import { buildGenerateGraph } from "../src/index.ts";
import type { GenerateOptions } from "../src/index.ts";
import { fixtureConfig, generator, randomModel } from "./random-model.ts";
import { decodingLaw, forward, logSoftmax, topConfidence } from "./reference.ts";
import { generateFeeds, open, outputNames, row } from "./session.ts";

const small = {
  ...fixtureConfig,
  vocab_size: 40,
  hidden_size: 64,
  intermediate_size: 48,
  num_hidden_layers: 2,
};
const architectures = {
  "multi-head attention": small,
  "grouped queries, biases, tied embeddings": {
    ...small,
    num_key_value_heads: 2,
    attention_bias: true,
    mlp_bias: true,
    tie_word_embeddings: true,
  },
  "one key/value head, wide heads": { ...small, num_key_value_heads: 1, head_dim: 12, rope_theta: 500 },
};
const variants: readonly Pick<GenerateOptions, "target" | "loop">[] = [
  { target: "cpu", loop: "whole" },
  { target: "cpu", loop: "compact" },
  { target: "webgpu", loop: "whole" },
];
const rows = 9;
const steps = 37;
const random = generator(3);
const prompt = Array.from({ length: 11 }, () => Math.floor(random() * 40));
const uniforms = Float32Array.from({ length: rows * steps }, () => random());

describe.each(Object.entries(architectures))("generate: %s", (_name, json) => {
  const model = randomModel(json, 5, 1.5);
  const options = { target: "cpu", loop: "whole", law: "plain" } as const;

  it.each(variants)("draws the tokens of the primitive graph ($target, $loop)", async (variant) => {
    const primitive = await open(model, buildGenerateGraph(model, { ...options, emit: "primitive" }));
    const fused = await open(model, buildGenerateGraph(model, { ...options, ...variant }));
    const feeds = generateFeeds({ prompt, uniforms, rows, temperature: 0.9 });
    const [expected, actual] = [await primitive(feeds), await fused(feeds)];
    expect(actual["tokens"]?.dims).toEqual([steps, rows]);
    expect(actual["tokens"]?.data).toEqual(expected["tokens"]?.data);
    expect(actual["lengths"]?.data).toEqual(new Int32Array(rows).fill(steps));
    for (const name of outputNames) expect(furthest(actual[name]?.data, expected[name]?.data)).toBeLessThan(2e-5);
  });

  it("draws by the inverse of the cumulative law, with its statistics, as a float64 forward pass does", async () => {
    const run = await open(model, buildGenerateGraph(model, { ...options, loop: "compact" }));
    const result = await run(generateFeeds({ prompt, uniforms, rows, temperature: 0.7 }));
    for (let r = 0; r < 3; r++) {
      const tokens = row(result["tokens"], r);
      const { logits } = forward(model, [...prompt, ...tokens]);
      tokens.forEach((token, t) => {
        const law = logits[prompt.length - 1 + t] ?? [];
        const tempered = decodingLaw(law, 0.7, law.length, 1);
        const below = tempered.slice(0, token).reduce((sum, p) => sum + p, 0);
        const u = uniforms[t * rows + r] ?? 0;
        expect(u).toBeGreaterThan(below - 1e-5);
        expect(u).toBeLessThan(below + (tempered[token] ?? 0) + 1e-5);
        const logs = logSoftmax(law);
        const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
        expect(row(result["log_probability"], r)[t]).toBeCloseTo(logs[token] ?? 0, 4);
        expect(row(result["decoding_log_probability"], r)[t]).toBeCloseTo(Math.log(tempered[token] ?? 0), 4);
        expect(row(result["entropy"], r)[t]).toBeCloseTo(-logs.reduce((sum, x) => sum + Math.exp(x) * x, 0), 4);
        expect(row(result["self_certainty"], r)[t]).toBeCloseTo(-mean - Math.log(logs.length), 4);
        expect(row(result["gini"], r)[t]).toBeCloseTo(
          logs.reduce((sum, x) => sum + Math.exp(2 * x), 0),
          4,
        );
        expect(row(result["top_confidence"], r)[t]).toBeCloseTo(topConfidence(logs), 4);
      });
    }
  });

  it("draws the same tokens for a single row", async () => {
    const many = await open(model, buildGenerateGraph(model, { ...options, emit: "primitive" }));
    const single = await open(model, buildGenerateGraph(model, { ...options, loop: "single-row" }));
    const expected = await many(generateFeeds({ prompt, uniforms, rows }));
    for (const r of [0, 5]) {
      const mine = Array.from({ length: steps }, (_, t) => uniforms[t * rows + r] ?? 0);
      const actual = await single(generateFeeds({ prompt, uniforms: mine, rows: 1, end: [-1] }));
      expect(row(actual["tokens"], 0)).toEqual(row(expected["tokens"], r));
      expect(furthest(actual["log_probability"]?.data, row(expected["log_probability"], r))).toBeLessThan(2e-5);
      const end = row(expected["tokens"], r)[7] ?? 0;
      const ended = await single(generateFeeds({ prompt, uniforms: mine, rows: 1, end: [end] }));
      const length = row(expected["tokens"], r).indexOf(end) + 1;
      expect(ended["tokens"]?.dims).toEqual([length, 1]);
      expect(Array.from(ended["lengths"]?.data ?? [])).toEqual([length]);
    }
  });

  it.each([
    { loop: "whole", target: "cpu" },
    { loop: "compact", target: "cpu" },
    { loop: "whole", target: "webgpu" },
  ] as const)("lets every row continue a prompt of its own ($target, $loop)", async (variant) => {
    const shared = await open(model, buildGenerateGraph(model, { ...options, emit: "primitive" }));
    const separate = await open(model, buildGenerateGraph(model, { ...options, ...variant, prompts: "separate" }));
    const lengths = Array.from({ length: rows }, (_, r) => 1 + ((5 * r) % 11));
    const padded = lengths.flatMap((length, r) => prompt.map((id, i) => (i < length ? id : (id + r) % 40)));
    const end = [3, 11];
    const actual = await separate({
      ...generateFeeds({ prompt, uniforms, rows, end }),
      prompt_ids: { int: padded, dims: [rows, prompt.length] },
      prompt_lengths: { int: lengths, dims: [rows] },
    });
    for (const [r, length] of lengths.entries()) {
      const mine = Array.from({ length: steps }, (_, t) => uniforms[t * rows + r] ?? 0);
      const expected = await shared(generateFeeds({ prompt: prompt.slice(0, length), uniforms: mine, rows: 1, end }));
      const drawn = expected["lengths"]?.data[0] ?? 0;
      expect(actual["lengths"]?.data[r]).toBe(drawn);
      expect(row(actual["tokens"], r, drawn)).toEqual(row(expected["tokens"], 0, drawn));
      expect(furthest(row(actual["entropy"], r, drawn), row(expected["entropy"], 0, drawn))).toBeLessThan(2e-5);
    }
  });

  it("continues a prefix as one long run would have gone on", async () => {
    const run = await open(model, buildGenerateGraph(model, options));
    const long = await run(generateFeeds({ prompt, uniforms, rows }));
    const kept = 13;
    for (const r of [0, 4]) {
      const tokens = row(long["tokens"], r);
      const rest = Array.from({ length: steps - kept }, (_, t) => uniforms[(t + kept) * rows + r] ?? 0);
      const continued = await run(
        generateFeeds({ prompt: [...prompt, ...tokens.slice(0, kept)], uniforms: rest, rows: 1 }),
      );
      expect(row(continued["tokens"], 0)).toEqual(tokens.slice(kept));
    }
  });
});

describe("generate: end tokens", () => {
  const model = randomModel(small, 9, 1);
  const options = { target: "cpu", law: "plain" } as const;

  it("drops finished rows without changing what the others draw, up to each row's end token", async () => {
    const primitive = await open(model, buildGenerateGraph(model, { ...options, loop: "whole", emit: "primitive" }));
    const many = 24;
    const uniform = generator(17);
    const long = 90;
    const drawn = Float32Array.from({ length: many * long }, () => uniform());
    const free = await primitive(generateFeeds({ prompt, uniforms: drawn, rows: many }));
    const end = [7, 21];
    const lengths = Array.from({ length: many }, (_, r) => {
      const first = row(free["tokens"], r).findIndex((token) => end.includes(token));
      return first < 0 ? long : first + 1;
    });
    expect(Math.max(...lengths)).toBeGreaterThan(40);
    expect(lengths.filter((length) => length <= 8).length).toBeGreaterThan(5);
    for (const variant of [{ loop: "compact" }, { loop: "whole" }, { loop: "whole", target: "webgpu" }] as const) {
      const run = await open(model, buildGenerateGraph(model, { ...options, ...variant }));
      const ended = await run(generateFeeds({ prompt, uniforms: drawn, rows: many, end }));
      expect(Array.from(ended["lengths"]?.data ?? [])).toEqual(lengths);
      lengths.forEach((length, r) => {
        expect(row(ended["tokens"], r, length)).toEqual(row(free["tokens"], r, length));
        expect(furthest(row(ended["entropy"], r, length), row(free["entropy"], r, length))).toBeLessThan(2e-5);
      });
    }
  });

  it.each([1, 2, 3, 8, 24])(
    "draws the same in tiles of %i rows as in tiles of 6, whichever rows end first",
    async (tile) => {
      const run = await open(model, buildGenerateGraph(model, { ...options, loop: "compact" }));
      const uniform = generator(99);
      const [total, limit] = [24, 50];
      const numbers = Array.from({ length: total }, () => Array.from({ length: limit }, () => uniform()));
      const draw = async (size: number) => {
        const sequences: number[][] = [];
        for (let first = 0; first < total; first += size) {
          const mine = numbers.slice(first, first + size);
          const stepMajor = Array.from({ length: limit * size }, (_, i) => mine[i % size]?.[Math.floor(i / size)] ?? 0);
          const result = await run(generateFeeds({ prompt, uniforms: stepMajor, rows: size, end: [7, 21] }));
          for (let r = 0; r < size; r++) sequences.push(row(result["tokens"], r, result["lengths"]?.data[r]));
        }
        return sequences;
      };
      expect(await draw(tile)).toEqual(await draw(6));
    },
  );

  it("stops as soon as every row has ended", async () => {
    const everything = Array.from({ length: 40 }, (_, id) => id);
    for (const [loop, most] of [
      ["whole", 1],
      ["compact", 8],
    ] as const) {
      const run = await open(model, buildGenerateGraph(model, { ...options, loop }));
      const result = await run(generateFeeds({ prompt, uniforms, rows, end: everything }));
      expect(result["lengths"]?.data).toEqual(new Int32Array(rows).fill(1));
      expect(result["tokens"]?.dims[0]).toBeLessThanOrEqual(most);
    }
  });

  it.each([1, 2, 7, 8, 9, 15, 33])("gives exactly %i steps when no row ends", async (limit) => {
    const run = await open(model, buildGenerateGraph(model, { ...options, loop: "compact" }));
    const full = await run(generateFeeds({ prompt, uniforms, rows }));
    const cut = await run(generateFeeds({ prompt, uniforms: uniforms.subarray(0, limit * rows), rows }));
    expect(cut["tokens"]?.dims).toEqual([limit, rows]);
    expect(cut["tokens"]?.data).toEqual(full["tokens"]?.data.subarray(0, limit * rows));
  });

  it("gives the same bytes for the same arguments", () => {
    const build = () => buildGenerateGraph(model, { ...options, loop: "compact" });
    expect(build()).toEqual(build());
  });

  it("leaves the measures of the whole distribution out on request", async () => {
    const run = await open(model, buildGenerateGraph(model, { ...options, loop: "compact", statistics: false }));
    const result = await run(generateFeeds({ prompt, uniforms, rows }));
    expect(Object.keys(result).toSorted()).toEqual([
      "decoding_log_probability",
      "lengths",
      "log_probability",
      "tokens",
    ]);
  });
});

function furthest(a: ArrayLike<number> = [], b: ArrayLike<number> = []): number {
  if (a.length !== b.length || a.length === 0) return Number.POSITIVE_INFINITY;
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - (b[i] ?? Number.NaN))));
}
