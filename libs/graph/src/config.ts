import { z } from "zod";
import { architectures, families } from "./families.ts";
import type { Family, ModelKind } from "./families.ts";
import { layerAttention } from "./layer-attention.ts";
import type { LayerAttention } from "./layer-attention.ts";
import { parseRopeScaling, reachOf, ropeSchema } from "./rope-scaling.ts";
import type { RopeScaling } from "./rope-scaling.ts";
import { invalid, unsupported } from "./unsupported.ts";

/** What the builders need to know of a model. Lengths are in elements, the base of the rotary embedding is dimensionless. */
export interface ModelConfig {
  /** As written in `config.json`. */
  readonly architecture: string;
  readonly family: Family;
  readonly kind: ModelKind;
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
  readonly ropeScaling: RopeScaling;
  /** What each layer attends to, and whether it knows positions. */
  readonly layerAttention: readonly LayerAttention[];
  /** On query, key and value. */
  readonly attentionBias: boolean;
  /** On the output of attention. */
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** An RMS norm on every query and key head before they are turned. */
  readonly queryKeyNorm: boolean;
  readonly tiedEmbeddings: boolean;
  /** A prompt and its response together may not be longer: `max_position_embeddings`, stretched where rotary scaling says so. */
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
  max_position_embeddings: count.nullish(),
  original_max_position_embeddings: count.nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  partial_rotary_factor: z.number().nullish(),
  hidden_act: z.string().default("silu"),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  bos_token_id: token.nullish(),
  eos_token_id: z.union([token, z.array(token)]).nullish(),
  num_labels: count.nullish(),
  id2label: z.record(z.string(), z.unknown()).nullish(),
  sliding_window: count.nullish(),
  use_sliding_window: z.boolean().nullish(),
  max_window_layers: token.nullish(),
  layer_types: z.array(z.string()).nullish(),
  no_rope_layers: z.array(z.int()).nullish(),
  no_rope_layer_interval: count.nullish(),
  touchstone: z.object({ planted: z.string().optional() }).nullish(),
});

type Parsed = z.infer<typeof schema>;

/**
 * Reads the parsed JSON of a `config.json` in the Hugging Face layout of one of the {@link families}.
 * @throws TouchstoneError `unsupported-model` for an architecture or feature that no graph is built for (named),
 * `invalid-model` for missing or contradictory numbers
 */
export function parseModelConfig(json: unknown): ModelConfig {
  refuseForeign(json);
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
  const { family, kind } = supportedArchitecture(raw);
  const facts = families[family];
  const heads = raw.num_attention_heads;
  const keyValueHeads =
    raw.num_key_value_heads === undefined ? (facts.keyValueHeads ?? heads) : raw.num_key_value_heads;
  const grouped = keyValueHeads ?? heads;
  if (heads % grouped !== 0)
    throw invalid(`num_attention_heads (${heads}) is not a multiple of num_key_value_heads`, grouped);
  const headSize = raw.head_dim ?? facts.headSize ?? raw.hidden_size / heads;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0)
    throw invalid(
      `the width of a head must be an even integer (hidden_size / num_attention_heads, or head_dim)`,
      headSize,
    );
  const attentionBias =
    facts.attentionBias === "always" || (facts.attentionBias === "configured" && (raw.attention_bias ?? false));
  const endTokens = raw.eos_token_id ?? [];
  const positions = raw.max_position_embeddings ?? facts.maximumPositions;
  // An explicit null is no scaling and hides nothing; transformers reads the older field first.
  const rope = raw.rope_scaling ?? raw.rope_parameters ?? {};
  const outerOriginal = raw.original_max_position_embeddings ?? undefined;
  const ropeScaling = parseRopeScaling(rope, { headSize, positions, outerOriginal });
  return {
    architecture: raw.architectures[0] ?? "",
    family,
    kind,
    vocabularySize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads,
    keyValueHeads: grouped,
    headSize,
    rmsNormEpsilon: raw.rms_norm_eps,
    ropeTheta: raw.rope_parameters?.rope_theta ?? raw.rope_theta ?? rope.rope_theta ?? facts.ropeTheta,
    ropeScaling,
    layerAttention: layerAttention(family, raw),
    attentionBias,
    outputBias: attentionBias && facts.attentionBias === "configured",
    mlpBias: facts.configuredMlpBias && (raw.mlp_bias ?? false),
    queryKeyNorm: facts.queryKeyNorm,
    tiedEmbeddings: raw.tie_word_embeddings ?? facts.tiedEmbeddings,
    maximumPositions: reachOf(ropeScaling, positions),
    beginToken: raw.bos_token_id ?? null,
    endTokens: typeof endTokens === "number" ? [endTokens] : endTokens,
    planted: raw.touchstone?.planted ?? null,
  };
}

function supportedArchitecture(raw: Parsed) {
  const known = architectures.get(raw.architectures[0] ?? "");
  if (known === undefined) throw unsupported("architectures", raw.architectures, [...architectures.keys()].join(", "));
  if (raw.hidden_act !== "silu" && raw.hidden_act !== "swish") throw unsupported("hidden_act", raw.hidden_act, "silu");
  if (known.kind === "classifier") {
    // transformers writes the label names and leaves num_labels out when there are two, its default.
    const labels = raw.num_labels ?? (raw.id2label ? Object.keys(raw.id2label).length : 2);
    if (labels !== 1) throw unsupported("num_labels", labels, "1: a reward model gives one number");
  }
  return known;
}

/** Fields of other models' arithmetic, which a known architecture's name does not make harmless. */
const foreign: readonly (readonly [field: string, harmless: (value: unknown) => boolean, supported: string])[] = [
  ["quantization_config", isAbsent, "unquantised weights"],
  ["compression_config", isAbsent, "unquantised weights"],
  ...["num_experts", "num_local_experts", "n_routed_experts", "moe_intermediate_size"].map(
    (field) => [field, isAbsent, "models without mixture of experts"] as const,
  ),
  ...["attn_logit_softcapping", "final_logit_softcapping"].map(
    (field) => [field, isAbsent, "logits without soft capping"] as const,
  ),
  ["partial_rotary_factor", (value) => isAbsent(value) || value === 1, "1: all of a head is turned"],
  ["use_mrope", isAbsent, "one position a token"],
  ["attention_chunk_size", isAbsent, "full and sliding attention"],
];

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === 0;
}

function refuseForeign(json: unknown): void {
  if (typeof json !== "object" || json === null) return;
  const record = json as Record<string, unknown>;
  for (const [field, harmless, supported] of foreign)
    if (!harmless(record[field])) throw unsupported(field, record[field], supported);
  for (const name of ["rope_scaling", "rope_parameters"]) {
    const rope = (record[name] ?? {}) as Record<string, unknown>;
    const part = rope["partial_rotary_factor"];
    if (!isAbsent(part) && part !== 1) throw unsupported("partial_rotary_factor", part, "1: all of a head is turned");
    if ("full_attention" in rope || "sliding_attention" in rope)
      throw unsupported(`${name} by layer type`, rope, "one rotary embedding for all layers");
  }
}
