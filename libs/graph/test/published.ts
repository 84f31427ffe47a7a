/**
 * Configurations as the families' publishers write them into `config.json` (transformers 4 and 5), with small sizes.
 * Windows and first contexts are short enough to be passed by sequences of some dozen tokens.
 */

type Json = Readonly<Record<string, unknown>>;

const sizes = {
  vocab_size: 48,
  hidden_size: 32,
  intermediate_size: 40,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  hidden_act: "silu",
  initializer_range: 0.02,
  use_cache: true,
  attention_dropout: 0.0,
};

const llama: Json = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  ...sizes,
  attention_bias: false,
  mlp_bias: false,
  pretraining_tp: 1,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  rope_theta: 10_000.0,
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: 2,
  torch_dtype: "bfloat16",
};

const qwen2: Json = {
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  ...sizes,
  max_position_embeddings: 128,
  max_window_layers: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000.0,
  sliding_window: 128,
  tie_word_embeddings: true,
  use_mrope: false,
  use_sliding_window: false,
  bos_token_id: 1,
  eos_token_id: 2,
  torch_dtype: "bfloat16",
};

const qwen3: Json = {
  architectures: ["Qwen3ForCausalLM"],
  model_type: "qwen3",
  ...sizes,
  attention_bias: false,
  head_dim: 12,
  max_position_embeddings: 128,
  max_window_layers: 3,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: null,
  tie_word_embeddings: true,
  use_sliding_window: false,
  bos_token_id: 1,
  eos_token_id: 2,
  torch_dtype: "bfloat16",
};

const mistral: Json = {
  architectures: ["MistralForCausalLM"],
  model_type: "mistral",
  ...sizes,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000.0,
  sliding_window: 7,
  head_dim: 16,
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: 2,
  torch_dtype: "bfloat16",
};

const smollm3: Json = {
  architectures: ["SmolLM3ForCausalLM"],
  model_type: "smollm3",
  ...sizes,
  num_hidden_layers: 4,
  attention_bias: false,
  mlp_bias: false,
  max_position_embeddings: 128,
  max_window_layers: 28,
  no_rope_layer_interval: 4,
  no_rope_layers: [1, 1, 1, 0],
  pretraining_tp: 2,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 5_000_000.0,
  sliding_window: null,
  use_sliding_window: false,
  bos_token_id: null,
  eos_token_id: 2,
  torch_dtype: "bfloat16",
};

const llamaScaled = (rope: Json, positions = 128): Json => ({
  ...llama,
  rope_theta: 500.0,
  max_position_embeddings: positions,
  rope_scaling: rope,
});

/** By what each shows. */
export const published: Readonly<Record<string, Json>> = {
  Llama: llama,
  "Llama, rope_parameters": {
    ...Object.fromEntries(Object.entries(llama).filter(([name]) => name !== "rope_theta" && name !== "rope_scaling")),
    dtype: "bfloat16",
    rope_parameters: { rope_theta: 300.0, rope_type: "linear", factor: 3.0 },
  },
  "Llama, linear": llamaScaled({ type: "linear", factor: 2.0 }),
  "Llama, dynamic NTK": llamaScaled({ rope_type: "dynamic", factor: 4.0 }, 16),
  "Llama, llama3": llamaScaled({
    factor: 8.0,
    low_freq_factor: 1.0,
    high_freq_factor: 4.0,
    original_max_position_embeddings: 16,
    rope_type: "llama3",
  }),
  "Llama, YaRN": llamaScaled({ rope_type: "yarn", factor: 4.0, original_max_position_embeddings: 16, beta_fast: 4 }),
  "Llama, LongRoPE": {
    ...llamaScaled({
      rope_type: "longrope",
      short_factor: [1.0, 1.0, 1.05, 1.05, 1.1, 1.2, 1.4, 1.4],
      long_factor: [1.1, 1.1, 2.0, 3.0, 6.0, 7.5, 9.5, 9.5],
      original_max_position_embeddings: 16,
    }),
    hidden_size: 64,
  },
  "SmolLM2 (Llama, tied, 9 heads of 3 groups)": {
    ...llama,
    hidden_size: 36,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    rope_interleaved: false,
    rope_theta: 100_000,
    tie_word_embeddings: true,
    is_llama_config: true,
  },
  "Qwen2.5": qwen2,
  "Qwen2, sliding from the second layer on": {
    ...qwen2,
    use_sliding_window: true,
    sliding_window: 6,
    max_window_layers: 1,
  },
  "Qwen2, YaRN": {
    ...qwen2,
    max_position_embeddings: 16,
    rope_theta: 500.0,
    rope_scaling: { factor: 4.0, original_max_position_embeddings: 16, type: "yarn" },
  },
  Qwen3: qwen3,
  "Qwen3, biases, windows by layer types, YaRN": {
    ...qwen3,
    head_dim: 16,
    attention_bias: true,
    use_sliding_window: true,
    sliding_window: 5,
    layer_types: ["sliding_attention", "full_attention", "sliding_attention"],
    rope_theta: 500.0,
    rope_scaling: { rope_type: "yarn", factor: 4.0, original_max_position_embeddings: 16 },
  },
  "Mistral, window": mistral,
  "Mistral, no window": { ...mistral, sliding_window: null, head_dim: null },
  SmolLM3: smollm3,
  "SmolLM3, windows where there is no rotation, YaRN": {
    ...smollm3,
    hidden_size: 64,
    no_rope_layers: null,
    no_rope_layer_interval: 2,
    use_sliding_window: true,
    sliding_window: 6,
    rope_theta: 500.0,
    rope_scaling: { rope_type: "yarn", factor: 4.0, original_max_position_embeddings: 16 },
  },
};
