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

/**
 * Reads the parsed JSON of a `config.json`.
 * @throws TouchstoneError `unsupported-model` for an architecture or feature we do not build (named), `invalid-model` for missing or contradictory numbers.
 */
export declare function parseModelConfig(json: unknown): ModelConfig;
