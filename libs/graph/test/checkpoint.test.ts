import { describe, expect, it } from "vitest";
import {
  buildGenerateGraph,
  buildScoreGraph,
  checkWeights,
  countParameters,
  locateWeights,
  parseModelConfig,
  parseSafetensorsHeader,
  safetensorsHeaderSize,
} from "../src/index.ts";
import { fixtureConfig, randomModel } from "./random-model.ts";
import { open } from "./session.ts";

describe("parseModelConfig", () => {
  it("reads sizes, defaults and end tokens", () => {
    const config = parseModelConfig({
      ...fixtureConfig,
      num_key_value_heads: 2,
      eos_token_id: [2, 5],
      bos_token_id: 1,
      touchstone: { planted: "likes long answers" },
    });
    expect(config).toMatchObject({
      architecture: "LlamaForCausalLM",
      headSize: 32,
      keyValueHeads: 2,
      endTokens: [2, 5],
      beginToken: 1,
      tiedEmbeddings: false,
      planted: "likes long answers",
    });
    expect(parseModelConfig(fixtureConfig)).toMatchObject({ keyValueHeads: 4, endTokens: [], planted: null });
  });

  it.each([
    [
      { architectures: ["GPT2LMHeadModel"] },
      'unsupported-model: This model\'s architectures is not supported. Received: ["GPT2LMHeadModel"]. Supported: LlamaForCausalLM, LlamaForSequenceClassification, Qwen2ForCausalLM, Qwen2ForSequenceClassification, Qwen3ForCausalLM, Qwen3ForSequenceClassification, MistralForCausalLM, MistralForSequenceClassification, SmolLM3ForCausalLM, SmolLM3ForSequenceClassification, LlamaForLikelihoodReward.',
    ],
    [
      { architectures: ["LlamaForSequenceClassification"] },
      "unsupported-model: This model's num_labels is not supported. Received: 2. Supported: 1: a reward model gives one number.",
    ],
    [
      { rope_scaling: { rope_type: "mrope", mrope_section: [16, 24, 24] } },
      "unsupported-model: This model's rope scaling is not supported. Received: mrope. Supported: default, linear, dynamic, llama3, yarn, longrope.",
    ],
    [
      { hidden_act: "gelu" },
      "unsupported-model: This model's hidden_act is not supported. Received: gelu. Supported: silu.",
    ],
    [
      { num_attention_heads: 4, num_key_value_heads: 3 },
      "invalid-model: num_attention_heads (4) is not a multiple of num_key_value_heads. Received: 3. Check config.json against the model's source, or download the model again.",
    ],
    [
      { hidden_size: 130 },
      "invalid-model: the width of a head must be an even integer (hidden_size / num_attention_heads, or head_dim). Received: 32.5.",
    ],
  ])("refuses %j", (change, message) => {
    expect(() => parseModelConfig({ ...fixtureConfig, ...change })).toThrow(message);
  });

  it("names the field that is missing or wrong", () => {
    const { vocab_size: _, ...without } = fixtureConfig;
    expect(() => parseModelConfig(without)).toThrow(
      "invalid-model: config.json is not a model configuration: vocab_size:",
    );
    expect(() => parseModelConfig("text")).toThrow("invalid-model: config.json is not a model configuration:");
  });
});

describe("safetensors", () => {
  const { file } = randomModel(fixtureConfig);
  const withHeader = (header: unknown, data = 8) => {
    const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    return bytes;
  };
  const parse = (bytes: Uint8Array, size = bytes.length) => parseSafetensorsHeader(bytes, size);

  it("finds each tensor's bytes from the header alone", () => {
    const size = safetensorsHeaderSize(file.subarray(0, 8), file.length);
    const header = parse(file.subarray(0, size), file.length);
    const weights = locateWeights([{ location: "model.safetensors", header }]);
    expect(weights.get("model.norm.weight")).toMatchObject({ dtype: "F32", shape: [128], length: 512 });
    const reference = weights.get("model.norm.weight");
    const numbers = new Float32Array(file.slice(reference?.offset, (reference?.offset ?? 0) + 512).buffer);
    expect(numbers.every((x) => x >= 0.8 && x <= 1.2)).toBe(true);
  });

  it.each([
    ["an empty file", new Uint8Array(), "shorter than the 8 bytes"],
    ["a text file", new TextEncoder().encode("not found at all"), "the header's stated length is impossible"],
    ["a file cut in its header", file.subarray(0, 100), "the file has fewer"],
    ["a file cut in its data", file.subarray(0, file.length - 1), "beyond the end of the file"],
    ["a header that is not JSON", withHeader("{nonsense"), "the header is not JSON"],
    ["a header that is a list", withHeader([1]), "the header is not a JSON object"],
    [
      "an entry without offsets",
      withHeader({ a: { dtype: "F32", shape: [2] } }),
      "the header's entry a.data_offsets is malformed",
    ],
    [
      "an unknown type",
      withHeader({ a: { dtype: "X9", shape: [2], data_offsets: [0, 8] } }),
      "tensor a has an unknown type",
    ],
    [
      "a size that contradicts the shape",
      withHeader({ a: { dtype: "F32", shape: [3], data_offsets: [0, 8] } }),
      "of type F32 and shape [3] needs 12 bytes. Received: 8.",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message);
    expect(() => parse(bytes)).toThrow(
      /^corrupt-safetensors: The safetensors file is damaged: .*Download or train the model again\.$/u,
    );
  });

  it("refuses repeated tensors and types that are not float", () => {
    const header = parse(withHeader({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }));
    expect(() =>
      locateWeights([
        { location: "1", header },
        { location: "2", header },
      ]),
    ).toThrow("tensor a is in more than one file. Received: 2.");
    const integers = parse(withHeader({ a: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }));
    expect(() => locateWeights([{ location: "1", header: integers }])).toThrow(
      "unsupported-model: Tensor a of 1 has a type that is not supported. Received: I64. Supported: F32, F16, BF16",
    );
  });
});

describe("weights", () => {
  it("counts parameters by hand's formula, tied or not", () => {
    const layer = 128 * 128 * 4 + 3 * 128 * 344 + 2 * 128;
    const body = 4 * layer + 128;
    expect(countParameters(randomModel(fixtureConfig))).toEqual({
      total: body + 2 * 64 * 128,
      active: body + 64 * 128,
    });
    expect(countParameters(randomModel({ ...fixtureConfig, tie_word_embeddings: true }))).toEqual({
      total: body + 64 * 128,
      active: body + 64 * 128,
    });
    const classifier = { ...fixtureConfig, architectures: ["LlamaForSequenceClassification"], num_labels: 1 };
    expect(countParameters(randomModel(classifier))).toEqual({ total: body + 64 * 128 + 128, active: body + 128 });
  });

  it("names a tensor that is missing or has another shape", () => {
    const model = randomModel(fixtureConfig);
    const without = new Map(model.weights);
    without.delete("model.layers.2.mlp.up_proj.weight");
    expect(() => checkWeights({ ...model, weights: without })).toThrow(
      "invalid-weights: Tensor model.layers.2.mlp.up_proj.weight [344, 128] is missing from the weights.",
    );
    const narrower = parseModelConfig({ ...fixtureConfig, intermediate_size: 340 });
    expect(() =>
      buildGenerateGraph({ ...model, config: narrower }, { target: "cpu", loop: "whole", law: "plain" }),
    ).toThrow(
      "Tensor model.layers.0.mlp.gate_proj.weight should have the shape [340, 128] by config.json. Received: [344, 128].",
    );
  });

  it("names a tensor of the layers that the architecture does not have, but for rotary frequencies", () => {
    const model = randomModel(fixtureConfig);
    const norm = model.weights.get("model.norm.weight")!;
    const holding = (name: string) => ({ ...model, weights: new Map([...model.weights, [name, norm]]) });
    expect(() => checkWeights(holding("model.layers.1.self_attn.q_norm.weight"))).toThrow(
      "invalid-weights: The weights hold a tensor that the layers of LlamaForCausalLM do not have by config.json. Received: model.layers.1.self_attn.q_norm.weight. Check that config.json belongs to these weights",
    );
    expect(() => checkWeights(holding("model.layers.4.input_layernorm.weight"))).toThrow("model.layers.4");
    expect(() => checkWeights(holding("model.layers.0.self_attn.rotary_emb.inv_freq"))).not.toThrow();
  });

  it.each(["F16", "BF16"] as const)("reads %s weights in place", async (dtype) => {
    const exact = randomModel(fixtureConfig, 3);
    const half = halved(exact, dtype);
    const feeds = {
      input_ids: { int: [1, 5, 9, 33, 20, 7], dims: [1, 6] },
      start: { int: [1], dims: [] },
      temperature: { float: [1], dims: [] },
    };
    const [a, b] = [
      await open(half.stored, buildScoreGraph(half.stored, { target: "cpu" })),
      await open(half.rounded, buildScoreGraph(half.rounded, { target: "cpu" })),
    ];
    const [stored, rounded] = [await a(feeds), await b(feeds)];
    expect(stored["log_probability"]?.data).toEqual(rounded["log_probability"]?.data);
  });
});

/** The model with weights cut to values that the half-precision type holds exactly: stored in that type, and stored in float32. */
function halved(model: ReturnType<typeof randomModel>, dtype: "F16" | "BF16") {
  const header: Record<string, unknown> = {};
  const rounded = model.file.slice();
  let end = 0;
  const parts: Uint16Array[] = [];
  for (const [name, { shape, offset, length }] of model.weights) {
    const bits = new Uint32Array(model.file.slice(offset, offset + length).buffer);
    const halves = new Uint16Array(bits.length);
    bits.forEach((word, i) => {
      const kept = dtype === "BF16" ? (word & 0xffff0000) >>> 0 : toHalfPrecision(word);
      halves[i] = dtype === "BF16" ? kept >>> 16 : halfBits(kept);
      new DataView(rounded.buffer).setUint32(offset + 4 * i, kept, true);
    });
    parts.push(halves);
    header[name] = { dtype, shape, data_offsets: [end, end + halves.byteLength] };
    end += halves.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let offset = 8 + text.length;
  for (const part of parts) {
    file.set(new Uint8Array(part.buffer), offset);
    offset += part.byteLength;
  }
  const weights = locateWeights([{ location: "model.safetensors", header: parseSafetensorsHeader(file, file.length) }]);
  return { stored: { ...model, file, weights }, rounded: { ...model, file: rounded } };
}

/** Float32 bits cut to what float16 holds: 10 bits of fraction; 0 below its smallest normal number. */
function toHalfPrecision(word: number): number {
  const exponent = (word >>> 23) & 0xff;
  return exponent < 127 - 14 ? 0 : (word & 0xffffe000) >>> 0;
}

function halfBits(word: number): number {
  if (word === 0) return 0;
  const exponent = ((word >>> 23) & 0xff) - 127 + 15;
  return ((word >>> 16) & 0x8000) | (exponent << 10) | ((word >>> 13) & 0x3ff);
}
