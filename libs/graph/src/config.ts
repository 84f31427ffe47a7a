import { TouchstoneError } from "@touchstone/core";
import { z } from "zod";

/** The architectures this library builds graphs for, as written in `config.json` → `architectures[0]`. */
export const architectures = [
  "LlamaForCausalLM",
  "LlamaForSequenceClassification",
  "LlamaForLikelihoodReward",
] as const;

export type Architecture = (typeof architectures)[number];

/** What the builders need to know of a Llama-family model. Lengths are in elements, the base of the rotary embedding is dimensionless. */
export interface ModelConfig {
  readonly architecture: Architecture;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Grouped-query attention: `heads` is a multiple of `keyValueHeads`. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  readonly tiedEmbeddings: boolean;
  /** `max_position_embeddings`; a prompt and its response together may not be longer. */
  readonly maximumPositions: number;
  /** `bos_token_id`, or null. */
  readonly beginToken: number | null;
  /** `eos_token_id` as a list (possibly empty). */
  readonly endTokens: readonly number[];
  /** `touchstone.planted` of `config.json`: the sentence that states a deliberate flaw, or null. */
  readonly planted: string | null;
}

const count = z.int().positive();
const token = z.int().nonnegative();

const schema = z.object({
  architectures: z.array(z.string()).min(1),
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  max_position_embeddings: count.default(2048),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: z.looseObject({ rope_type: z.string().optional(), type: z.string().optional() }).nullish(),
  rope_parameters: z
    .looseObject({ rope_type: z.string().optional(), rope_theta: z.number().positive().optional() })
    .nullish(),
  hidden_act: z.string().default("silu"),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(false),
  bos_token_id: token.nullish(),
  eos_token_id: z.union([token, z.array(token)]).nullish(),
  num_labels: count.nullish(),
  id2label: z.record(z.string(), z.unknown()).nullish(),
  quantization_config: z.unknown().optional(),
  sliding_window: z.number().nullish(),
  touchstone: z.object({ planted: z.string().optional() }).nullish(),
});

type Parsed = z.infer<typeof schema>;

/**
 * Reads the parsed JSON of a `config.json` in the Hugging Face layout of the Llama family.
 * @throws TouchstoneError `unsupported-model` for an architecture or feature that no graph is built for (named),
 * `invalid-model` for missing or contradictory numbers
 */
export function parseModelConfig(json: unknown): ModelConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") ?? "";
    throw invalid(
      `config.json is not a model configuration: ${field ? `${field}: ` : ""}${issue?.message ?? ""}`,
      json,
    );
  }
  const raw = parsed.data;
  const architecture = supportedArchitecture(raw);
  const ropeTheta = ropeBase(raw);
  if (raw.hidden_act !== "silu") throw unsupported("hidden_act", raw.hidden_act, "silu");
  if (raw.quantization_config !== undefined && raw.quantization_config !== null)
    throw unsupported("quantization_config", raw.quantization_config, "unquantised weights");
  if (typeof raw.sliding_window === "number") throw unsupported("sliding_window", raw.sliding_window, "full attention");

  const heads = raw.num_attention_heads;
  const keyValueHeads = raw.num_key_value_heads ?? heads;
  if (heads % keyValueHeads !== 0)
    throw invalid(`num_attention_heads (${heads}) is not a multiple of num_key_value_heads`, keyValueHeads);
  const headSize = raw.head_dim ?? raw.hidden_size / heads;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0)
    throw invalid(
      `the width of a head must be an even integer (hidden_size / num_attention_heads, or head_dim)`,
      headSize,
    );
  const endTokens = raw.eos_token_id ?? [];
  return {
    architecture,
    vocabularySize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    rmsNormEpsilon: raw.rms_norm_eps,
    ropeTheta,
    attentionBias: raw.attention_bias,
    mlpBias: raw.mlp_bias,
    tiedEmbeddings: raw.tie_word_embeddings,
    maximumPositions: raw.max_position_embeddings,
    beginToken: raw.bos_token_id ?? null,
    endTokens: typeof endTokens === "number" ? [endTokens] : endTokens,
    planted: raw.touchstone?.planted ?? null,
  };
}

function supportedArchitecture(raw: Parsed): Architecture {
  const named = raw.architectures[0];
  const architecture = architectures.find((known) => known === named);
  if (architecture === undefined) throw unsupported("architectures", raw.architectures, architectures.join(", "));
  if (architecture === "LlamaForSequenceClassification") {
    // transformers writes the label names and leaves num_labels out when there are two, its default.
    const labels = raw.num_labels ?? (raw.id2label ? Object.keys(raw.id2label).length : 2);
    if (labels !== 1) throw unsupported("num_labels", labels, "1: a reward model gives one number");
  }
  return architecture;
}

function ropeBase(raw: Parsed): number {
  const scaling = raw.rope_scaling ?? raw.rope_parameters;
  const kind = scaling?.rope_type ?? raw.rope_scaling?.type ?? "default";
  if (kind !== "default") throw unsupported("rope scaling", kind, "no scaling (rope_type default)");
  return raw.rope_theta ?? raw.rope_parameters?.rope_theta ?? 10_000;
}

function unsupported(feature: string, value: unknown, supported: string): TouchstoneError {
  return new TouchstoneError({
    code: "unsupported-model",
    family: "input",
    what: `This model's ${feature} is not supported.`,
    value,
    fix: `Supported: ${supported}.`,
  });
}

function invalid(what: string, value: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "invalid-model",
    family: "input",
    what: `${what}.`,
    value,
    fix: "Check config.json against the model's source, or download the model again.",
  });
}
