import { TouchstoneError } from "@touchstone/core";

/** The fields of a Hugging Face `config.json` that decide the shape and the arithmetic of a Llama model. */
export interface LlamaConfig {
  readonly vocab_size: number;
  /** D, the width of the residual stream. */
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  /** Fewer than num_attention_heads: grouped-query attention. Default: num_attention_heads. */
  readonly num_key_value_heads?: number;
  /** Width of a head. Default: hidden_size / num_attention_heads. */
  readonly head_dim?: number;
  /** Default: 1e-6, as in transformers. */
  readonly rms_norm_eps?: number;
  /** Default: 10000. */
  readonly rope_theta?: number;
  /** Whether the language-model head is the embedding matrix. Default: false, as in transformers. */
  readonly tie_word_embeddings?: boolean;
  /** Biases on the query, key, value and output maps. Default: false. */
  readonly attention_bias?: boolean;
  /** Biases on the three maps of the MLP. Default: false. */
  readonly mlp_bias?: boolean;
  readonly architectures?: readonly string[];
  /** Only "silu". */
  readonly hidden_act?: string;
  /** Only of type "default": rotary embeddings are not rescaled. */
  readonly rope_scaling?: RotaryParameters | null;
  /** The newer place of rope_theta and rope_scaling. */
  readonly rope_parameters?: RotaryParameters | null;
  /** Other fields of the file are carried along and not read. */
  readonly [field: string]: unknown;
}

export interface RotaryParameters {
  readonly rope_type?: string;
  readonly type?: string;
  readonly rope_theta?: number;
}

/** The configuration with every default filled in. */
export interface LlamaShape {
  readonly vocabulary: number;
  readonly width: number;
  readonly mlp: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly epsilon: number;
  readonly theta: number;
  readonly tied: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
}

/** @throws TouchstoneError `unsupported-model` for an activation or a rotary embedding that would be computed wrongly */
export function llamaShape(config: LlamaConfig): LlamaShape {
  if ((config.hidden_act ?? "silu") !== "silu") throw unsupported("activation", config.hidden_act, "silu");
  const rope = config.rope_scaling ?? config.rope_parameters;
  const scaling = rope?.rope_type ?? rope?.type ?? "default";
  if (scaling !== "default") throw unsupported("rope scaling", scaling, "no scaling (rope_type default)");
  return {
    vocabulary: config.vocab_size,
    width: config.hidden_size,
    mlp: config.intermediate_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    keyValueHeads: config.num_key_value_heads ?? config.num_attention_heads,
    headWidth: config.head_dim ?? config.hidden_size / config.num_attention_heads,
    epsilon: config.rms_norm_eps ?? 1e-6,
    theta: config.rope_theta ?? config.rope_parameters?.rope_theta ?? 10_000,
    tied: config.tie_word_embeddings ?? false,
    attentionBias: config.attention_bias ?? false,
    mlpBias: config.mlp_bias ?? false,
  };
}

/**
 * What stands on the trunk: a language-model head, one number read from the last token (Hugging Face's
 * LlamaForSequenceClassification with one label), or the likelihood reward (ours; see losses.ts).
 */
export type ModelKind = "language-model" | "classifier" | "likelihood";

/** Name and shape of every tensor of the model, in the order of the file. Linear maps are [out, in]. */
export function parameterShapes(config: LlamaConfig, kind: ModelKind): ReadonlyMap<string, readonly number[]> {
  const s = llamaShape(config);
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, out: number, input: number, bias: boolean): void => {
    shapes.set(`${name}.weight`, [out, input]);
    if (bias) shapes.set(`${name}.bias`, [out]);
  };
  shapes.set("model.embed_tokens.weight", [s.vocabulary, s.width]);
  for (let n = 0; n < s.layers; n++) {
    const layer = `model.layers.${n}`;
    shapes.set(`${layer}.input_layernorm.weight`, [s.width]);
    linear(`${layer}.self_attn.q_proj`, s.heads * s.headWidth, s.width, s.attentionBias);
    linear(`${layer}.self_attn.k_proj`, s.keyValueHeads * s.headWidth, s.width, s.attentionBias);
    linear(`${layer}.self_attn.v_proj`, s.keyValueHeads * s.headWidth, s.width, s.attentionBias);
    linear(`${layer}.self_attn.o_proj`, s.width, s.heads * s.headWidth, s.attentionBias);
    shapes.set(`${layer}.post_attention_layernorm.weight`, [s.width]);
    linear(`${layer}.mlp.gate_proj`, s.mlp, s.width, s.mlpBias);
    linear(`${layer}.mlp.up_proj`, s.mlp, s.width, s.mlpBias);
    linear(`${layer}.mlp.down_proj`, s.width, s.mlp, s.mlpBias);
  }
  shapes.set("model.norm.weight", [s.width]);
  if (kind !== "classifier" && !s.tied) shapes.set("lm_head.weight", [s.vocabulary, s.width]);
  if (kind !== "language-model") shapes.set("score.weight", [1, s.width]);
  if (kind === "likelihood") {
    shapes.set("score.bias", [1]);
    shapes.set("likelihood.scale", [1]);
  }
  return shapes;
}

function unsupported(feature: string, value: unknown, supported: string): TouchstoneError {
  return new TouchstoneError({
    code: "unsupported-model",
    family: "input",
    what: `This model's ${feature} is not supported in training.`,
    value,
    fix: `Supported: ${supported}.`,
  });
}
