import { describe, expect, it } from "vitest";
import { buildLikelihoodGraph, parseModelConfig } from "../src/index.ts";
import { published } from "./published.ts";

const parse = (name: string, change: object = {}) => parseModelConfig({ ...published[name], ...change });
const without = (name: string, ...fields: string[]) =>
  parseModelConfig(Object.fromEntries(Object.entries(published[name]!).filter(([field]) => !fields.includes(field))));

describe("families", () => {
  it("have biases and norms where their architecture has them", () => {
    const parts = (name: string, change: object = {}) => {
      const { attentionBias, outputBias, mlpBias, queryKeyNorm } = parse(name, change);
      return { attentionBias, outputBias, mlpBias, queryKeyNorm };
    };
    const none = { attentionBias: false, outputBias: false, mlpBias: false, queryKeyNorm: false };
    expect(parts("Llama")).toEqual(none);
    expect(parts("Llama", { attention_bias: true, mlp_bias: true })).toEqual({
      attentionBias: true,
      outputBias: true,
      mlpBias: true,
      queryKeyNorm: false,
    });
    expect(parts("Qwen2.5")).toEqual({ ...none, attentionBias: true });
    expect(parts("Qwen3")).toEqual({ ...none, queryKeyNorm: true });
    expect(parts("Mistral, window", { attention_bias: true })).toEqual(none);
    expect(parts("SmolLM3", { mlp_bias: true })).toEqual({ ...none, mlpBias: true });
  });

  it("take what a file leaves out from transformers' configuration classes", () => {
    const left = [
      "num_key_value_heads",
      "max_position_embeddings",
      "rope_theta",
      "tie_word_embeddings",
      "rope_scaling",
    ];
    const heads = { num_attention_heads: 32, hidden_size: 256 };
    const defaults = (name: string, ...more: string[]) => {
      const fields = Object.entries({ ...published[name], ...heads });
      return parseModelConfig(Object.fromEntries(fields.filter(([field]) => ![...left, ...more].includes(field))));
    };
    const common = { ropeTheta: 10_000, tiedEmbeddings: false };
    expect(defaults("Llama")).toMatchObject({ ...common, keyValueHeads: 32, headSize: 8, maximumPositions: 2048 });
    expect(defaults("Qwen2.5")).toMatchObject({ ...common, keyValueHeads: 32, maximumPositions: 32_768 });
    expect(defaults("Qwen3", "head_dim")).toMatchObject({ ...common, keyValueHeads: 32, headSize: 128 });
    const mistral = defaults("Mistral, window", "sliding_window", "head_dim");
    expect(mistral).toMatchObject({ ...common, keyValueHeads: 8, headSize: 8, maximumPositions: 131_072 });
    expect(mistral.layerAttention[0]).toEqual({ window: 4096, rotary: true });
    expect(defaults("SmolLM3")).toMatchObject({ keyValueHeads: 4, ropeTheta: 2_000_000, tiedEmbeddings: true });
  });

  it("attend within windows, and turn, where their configuration says", () => {
    const layers = (name: string, change: object = {}) => {
      const { layerAttention } = parse(name, change);
      return layerAttention.map(({ window, rotary }) => `${window ?? "all"}${rotary ? "" : ", unturned"}`);
    };
    expect(layers("Llama")).toEqual(["all", "all", "all"]);
    // Qwen's files name a window that use_sliding_window turns off.
    expect(layers("Qwen2.5")).toEqual(["all", "all", "all"]);
    expect(layers("Qwen2, sliding from the second layer on")).toEqual(["all", "6", "6"]);
    expect(layers("Qwen3, biases, windows by layer types, YaRN")).toEqual(["5", "all", "5"]);
    expect(layers("Mistral, window")).toEqual(["7", "7", "7"]);
    expect(layers("Mistral, no window")).toEqual(["all", "all", "all"]);
    expect(layers("SmolLM3")).toEqual(["all", "all", "all", "all, unturned"]);
    expect(layers("SmolLM3, windows where there is no rotation, YaRN")).toEqual([
      "all",
      "6, unturned",
      "all",
      "6, unturned",
    ]);
    expect(layers("SmolLM3", { no_rope_layers: [0, 1, 1, 1, 0] })[0]).toBe("all, unturned");
  });

  it("reach as far as their rotary scaling is meant to", () => {
    const reach = (name: string) => parse(name).maximumPositions;
    expect(reach("Llama")).toBe(128);
    expect(reach("Llama, linear")).toBe(256);
    expect(reach("Llama, dynamic NTK")).toBe(64);
    expect(reach("Llama, llama3")).toBe(128);
    expect(reach("Llama, YaRN")).toBe(128);
    expect(reach("Qwen2, YaRN")).toBe(64);
    expect(reach("Llama, LongRoPE")).toBe(128);
  });

  it("read rotary parameters under either name, those of transformers 5 included", () => {
    expect(parse("Llama, rope_parameters")).toMatchObject({
      ropeTheta: 300,
      ropeScaling: { kind: "linear", factor: 3 },
    });
    expect(without("Llama, YaRN", "rope_scaling").ropeScaling).toEqual({ kind: "default" });
    const yarn = { rope_type: "yarn", factor: 40, original_max_position_embeddings: 4096 };
    const deepseek = { ...yarn, mscale: 1.0, mscale_all_dim: 1.0, truncate: false };
    expect(parse("Llama", { rope_scaling: deepseek }).ropeScaling).toMatchObject({
      attentionFactor: 1,
      truncate: false,
    });
    expect(parse("Llama", { rope_scaling: { ...yarn, attention_factor: 1.2 } }).ropeScaling).toMatchObject({
      attentionFactor: 1.2,
    });
    // The first context beside rope_scaling, as Phi-3's files have it, comes first.
    const outside = { ...published["Llama, LongRoPE"], original_max_position_embeddings: 32 };
    expect(parseModelConfig(outside).ropeScaling).toMatchObject({ originalPositions: 32 });
  });
});

describe("refused by name", () => {
  it.each([
    ["Llama", { quantization_config: { quant_method: "gptq" } }, "quantization_config"],
    ["Llama", { compression_config: { format: "int" } }, "compression_config"],
    ["Qwen3", { num_experts: 128 }, "num_experts"],
    ["Mistral, window", { num_local_experts: 8 }, "num_local_experts"],
    ["Llama", { final_logit_softcapping: 30 }, "final_logit_softcapping"],
    ["Llama", { attn_logit_softcapping: 50 }, "attn_logit_softcapping"],
    ["Llama", { partial_rotary_factor: 0.5 }, "partial_rotary_factor"],
    [
      "Llama",
      { rope_parameters: { rope_type: "default", rope_theta: 1e4, partial_rotary_factor: 0.25 }, rope_scaling: null },
      "partial_rotary_factor",
    ],
    ["Qwen2.5", { use_mrope: true }, "use_mrope"],
    ["Llama", { attention_chunk_size: 8192 }, "attention_chunk_size"],
    ["Llama", { hidden_act: "gelu_pytorch_tanh" }, "hidden_act"],
    ["Llama", { sliding_window: 4096 }, "sliding_window"],
    ["Qwen3", { layer_types: ["full_attention", "linear_attention", "full_attention"] }, "layer_types"],
    ["Mistral, window", { layer_types: ["full_attention", "sliding_attention", "full_attention"] }, "layer_types"],
    [
      "Qwen3",
      { rope_parameters: { full_attention: { rope_type: "default", rope_theta: 1e6 } } },
      "rope_parameters by layer type",
    ],
    ["Qwen3", { architectures: ["Qwen3MoeForCausalLM"] }, "architectures"],
    ["Qwen2.5", { architectures: ["Qwen2ForSequenceClassification"], num_labels: 5 }, "num_labels"],
    ["Qwen2.5", { architectures: ["Qwen2ForSequenceClassification"] }, "num_labels"],
  ] as const)("%s with %j", (name, change, feature) => {
    expect(() => parse(name, change)).toThrow(
      `unsupported-model: This model's ${feature} is not supported. Received: `,
    );
  });

  it.each([
    ["Llama", { rope_scaling: { rope_type: "linear" } }, "rope scaling of type linear needs factor."],
    [
      "Llama, llama3",
      { rope_scaling: { rope_type: "llama3", factor: 8, low_freq_factor: 4, high_freq_factor: 1 } },
      "high_freq_factor must be larger than low_freq_factor (4). Received: 1.",
    ],
    [
      "Llama, LongRoPE",
      { rope_scaling: { rope_type: "longrope", short_factor: [1], long_factor: [1], factor: 4 } },
      "rope scaling of type longrope needs short_factor with 8 numbers. Received: 1.",
    ],
    ["SmolLM3", { no_rope_layers: [1, 0] }, "no_rope_layers must have an entry for each of 4 layers. Received: 2."],
    ["Qwen3", { layer_types: ["full_attention"] }, "layer_types must have an entry for each of 3 layers. Received: 1."],
  ] as const)("%s with %j contradicts itself", (name, change, message) => {
    expect(() => parse(name, change)).toThrow(`invalid-model: ${message}`);
  });

  it.each([
    ["Qwen2.5", "This model's family in training is not supported. Received: Qwen2ForCausalLM."],
    ["SmolLM3", "This model's family in training is not supported. Received: SmolLM3ForCausalLM."],
    ["Llama, YaRN", "This model's rope scaling in training is not supported. Received: yarn."],
  ])("%s in the graph of training gradients", (name, message) => {
    const config = parse(name);
    expect(() => buildLikelihoodGraph(config, { target: "cpu", gradient: true })).toThrow(
      `unsupported-model: ${message}`,
    );
  });
});
