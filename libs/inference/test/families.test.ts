import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AutoModelForCausalLM, env, type PreTrainedModel, Tensor } from "@huggingface/transformers";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeCheckpoint } from "../src/fixture/index.ts";
import { type LocalLanguageModel, loadLanguageModel, loadRewardModel } from "../src/index.ts";
import { collect, PLAIN, request, temporaryFolder } from "./models.ts";
import { exportOnnx } from "./onnx-export.ts";
import { promptTokens, sequenceTokens } from "./tokens.ts";

const sizes = {
  vocab_size: 64,
  hidden_size: 48,
  intermediate_size: 80,
  num_hidden_layers: 4,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  hidden_act: "silu",
  max_position_embeddings: 160,
};

/** Fields and types of storage as published: Llama 3.2, SmolLM2, Qwen2.5 (and Qwen2 with its windows on), Qwen3, Mistral 7B v0.1, SmolLM3. */
const families = {
  "Llama 3.2": {
    dtype: "BF16",
    config: {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      attention_bias: false,
      mlp_bias: false,
      head_dim: 16,
      rms_norm_eps: 1e-5,
      rope_scaling: {
        factor: 32.0,
        high_freq_factor: 4.0,
        low_freq_factor: 1.0,
        original_max_position_embeddings: 24,
        rope_type: "llama3",
      },
      rope_theta: 500.0,
      tie_word_embeddings: true,
      torch_dtype: "bfloat16",
    },
  },
  SmolLM2: {
    dtype: "F32",
    config: {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      is_llama_config: true,
      rms_norm_eps: 1e-5,
      rope_interleaved: false,
      rope_scaling: null,
      rope_theta: 100_000,
      tie_word_embeddings: true,
      torch_dtype: "float32",
    },
  },
  "Qwen2.5": {
    dtype: "BF16",
    config: {
      architectures: ["Qwen2ForCausalLM"],
      model_type: "qwen2",
      max_window_layers: 3,
      rms_norm_eps: 1e-6,
      rope_theta: 1_000_000.0,
      sliding_window: 32_768,
      tie_word_embeddings: true,
      use_sliding_window: false,
      torch_dtype: "bfloat16",
    },
  },
  "Qwen2 with windows": {
    dtype: "F16",
    config: {
      architectures: ["Qwen2ForCausalLM"],
      model_type: "qwen2",
      max_window_layers: 2,
      rms_norm_eps: 1e-6,
      rope_theta: 10_000.0,
      sliding_window: 9,
      tie_word_embeddings: false,
      use_sliding_window: true,
      torch_dtype: "float16",
    },
  },
  Qwen3: {
    dtype: "BF16",
    config: {
      architectures: ["Qwen3ForCausalLM"],
      model_type: "qwen3",
      attention_bias: false,
      head_dim: 16,
      max_window_layers: 4,
      rms_norm_eps: 1e-6,
      rope_scaling: null,
      rope_theta: 1_000_000,
      sliding_window: null,
      tie_word_embeddings: true,
      use_sliding_window: false,
      torch_dtype: "bfloat16",
    },
  },
  Mistral: {
    dtype: "BF16",
    config: {
      architectures: ["MistralForCausalLM"],
      model_type: "mistral",
      rms_norm_eps: 1e-5,
      rope_theta: 10_000.0,
      sliding_window: 10,
      tie_word_embeddings: false,
      torch_dtype: "bfloat16",
    },
  },
  SmolLM3: {
    dtype: "BF16",
    config: {
      architectures: ["SmolLM3ForCausalLM"],
      model_type: "smollm3",
      attention_bias: false,
      max_window_layers: 28,
      mlp_bias: false,
      no_rope_layer_interval: 4,
      no_rope_layers: [1, 1, 1, 0],
      rms_norm_eps: 1e-6,
      rope_scaling: null,
      rope_theta: 5_000_000.0,
      sliding_window: null,
      use_sliding_window: false,
      torch_dtype: "bfloat16",
    },
  },
} as const;

const TEXT = "the quick brown fox jumps";
const STEPS = 40;

describe.each(Object.entries(families))("%s", (name, { dtype, config }) => {
  let ours: LocalLanguageModel;
  let theirs: PreTrainedModel;

  beforeAll(async () => {
    const root = temporaryFolder();
    const folder = join(root, name.replaceAll(/[^\w]/gu, "-"));
    await mkdir(folder, { recursive: true });
    await writeCheckpoint(folder, { ...sizes, ...config }, { dtype, shards: 3, end: false });
    await exportOnnx(folder);
    ours = await loadLanguageModel(folder, { tile: 4, workers: 1 });
    env.allowRemoteModels = false;
    env.localModelPath = dirname(folder);
    theirs = await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype: "fp32", device: "cpu" });
  });
  afterAll(async () => {
    await ours.close();
    await theirs.dispose();
  });

  it("takes transformers.js's greedy tokens", async () => {
    const prompt = promptTokens(TEXT);
    const output = (await theirs.generate({
      ...ids(prompt),
      do_sample: false,
      max_new_tokens: STEPS,
    } as never)) as Tensor;
    const expected = Array.from(output.data as BigInt64Array, Number).slice(prompt.length);
    const decoding = { ...PLAIN, temperature: 0, maxTokens: STEPS };
    const [[sample] = []] = await collect(ours, [request(TEXT, { count: 1, decoding })]);
    expect(Array.from(sample!.tokens)).toEqual(expected);
  });

  it("draws and scores with transformers.js's log-probabilities", async () => {
    const prompt = promptTokens(TEXT);
    const decoding = { ...PLAIN, maxTokens: STEPS };
    const [samples = []] = await collect(ours, [request(TEXT, { count: 4, decoding })]);
    const messages = [{ role: "user" as const, content: TEXT }];
    const scores = await ours.score(samples.map(({ text, tokens }) => ({ messages, response: { text, tokens } })));
    for (const [i, { tokens, statistics }] of samples.entries()) {
      const { logits } = (await theirs({ ...ids([...prompt, ...tokens]) })) as { logits: Tensor };
      const expected = Array.from(tokens, (token, t) =>
        logProbability(logits.data as Float32Array, prompt.length + t - 1, token),
      );
      expect(largest(expected, statistics.logProbability)).toBeLessThan(2e-4);
      expect(largest(expected, scores[i]!.logProbability)).toBeLessThan(2e-4);
    }
  });
});

describe.each(["Qwen2.5", "Qwen3", "Mistral", "SmolLM3"] as const)("%s", (name) => {
  it("rewards by a head with one label as the exported classifier does", async () => {
    const { config, dtype } = families[name];
    const folder = temporaryFolder();
    const architecture = config.architectures[0].replace("ForCausalLM", "ForSequenceClassification");
    const classifier = { ...sizes, ...config, architectures: [architecture], id2label: { "0": "LABEL_0" } };
    await writeCheckpoint(folder, classifier, { dtype, shards: 2 });
    await exportOnnx(folder);
    const model = await loadRewardModel(folder, { workers: 1 });
    const responses = ["yes", "no and so on and on", ""];
    const messages = [{ role: "user" as const, content: TEXT }];
    const rewards = await model.reward(responses.map((text) => ({ messages, response: { text } })));
    await model.close();
    const session = await InferenceSession.create(join(folder, "onnx", "model.onnx"));
    for (const [i, text] of responses.entries()) {
      const tokens = sequenceTokens(TEXT, text);
      const integers = (values: readonly number[]) =>
        new OrtTensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
      const past = session.inputNames.filter((input) => input.startsWith("past"));
      const size = "head_dim" in config ? config.head_dim : 8;
      const { logits } = await session.run({
        input_ids: integers(tokens),
        attention_mask: integers(tokens.map(() => 1)),
        position_ids: integers(tokens.map((_, at) => at)),
        ...Object.fromEntries(
          past.map((input) => [input, new OrtTensor("float32", new Float32Array(), [1, 2, 0, size])]),
        ),
      });
      expect(Math.abs(rewards[i]!.value - (logits!.data as Float32Array).at(-1)!)).toBeLessThan(2e-4);
    }
  });
});

function ids(tokens: readonly number[]): { input_ids: Tensor; attention_mask: Tensor } {
  const dims = [1, tokens.length];
  return {
    input_ids: new Tensor("int64", BigInt64Array.from(tokens, BigInt), dims),
    attention_mask: new Tensor("int64", new BigInt64Array(tokens.length).fill(1n), dims),
  };
}

function logProbability(logits: Float32Array, position: number, token: number): number {
  const law = logits.subarray(position * sizes.vocab_size, (position + 1) * sizes.vocab_size);
  return law[token]! - Math.log(law.reduce((sum, logit) => sum + Math.exp(logit), 0));
}

function largest(expected: readonly number[], actual: ArrayLike<number>): number {
  if (expected.length !== actual.length) return Infinity;
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
}
