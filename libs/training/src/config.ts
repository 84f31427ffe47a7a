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
  /** Other fields of the file are carried along and not read. */
  readonly [field: string]: unknown;
}

/** Which numbers hang on top of the trunk: a language-model head, a reward head, or both. */
export type ModelKind = 'language-model' | 'classifier' | 'likelihood';

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
}
