import type { ChatMessage } from "./problem.ts";

/**
 * How responses are drawn. `temperature` 0 is greedy (the most probable token, no randomness); `topK` 0 and `topP` 1 mean
 * no truncation; `maxTokens` caps the whole response, prefix included; generation also ends at the end-of-sequence token.
 */
export interface Decoding {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly stop: readonly string[];
}

/** One spelling per decoding, used in keys and in the `decoding` column: `t=1,k=0,p=1,max=96`. */
export function decodingId(d: Decoding): string {
  const stop = d.stop.length > 0 ? `,stop=${JSON.stringify(d.stop)}` : "";
  return `t=${d.temperature},k=${d.topK},p=${d.topP},max=${d.maxTokens}${stop}`;
}

/**
 * Statistics of each generated token, all arrays of length T (the end token included when it was generated).
 * `logProbability`, `entropy` and `selfCertainty` are those of the full distribution at temperature 1, natural logarithm,
 * float32, whatever the sampling temperature; self-certainty is logsumexp(ℓ) − mean(ℓ) − log V (Kang et al. 2025, eq. for
 * KL(U‖p)). `gini` is Σ_j p_j²; `topConfidence` is −(1/k) Σ log p over the k = min(20, V) most probable tokens (the token
 * confidence of Fu et al. 2025, DeepConf). Both are NaN where a pool does not hold them. `decodingLogProbability` is that of the law the token was drawn from (temperature, top-k, top-p).
 */
export interface TokenStatistics {
  readonly logProbability: Float32Array;
  readonly decodingLogProbability: Float32Array;
  readonly entropy: Float32Array;
  readonly selfCertainty: Float32Array;
  readonly gini: Float32Array;
  readonly topConfidence: Float32Array;
}

/** The k of `topConfidence`, unless the vocabulary is smaller. */
export const TOP_CONFIDENCE_TOKENS = 20;

/** `end`: the end-of-sequence token was drawn; `stop`: a stop string appeared; `length`: cut at the cap. */
export type FinishReason = "end" | "stop" | "length";

/** One response drawn from a policy. */
export interface Sample {
  /** Index among the samples of its problem: with the seed, the key of its randomness. */
  readonly index: number;
  /** Response tokens, the end token included when drawn; a requested prefix is included at the front. */
  readonly tokens: Int32Array;
  /** How many of `tokens` came from the request's prefix and were not drawn. */
  readonly prefixLength: number;
  /** Decoded response without special tokens, cut before a stop string. */
  readonly text: string;
  readonly finish: FinishReason;
  /** Of the drawn tokens: arrays of length `tokens.length - prefixLength`. */
  readonly statistics: TokenStatistics;
}

/** Draw samples `first … first + count - 1` of one problem. */
export interface SampleRequest {
  readonly problem: { readonly id: string; readonly messages: readonly ChatMessage[] };
  readonly first: number;
  readonly count: number;
  readonly seed: number;
  readonly decoding: Decoding;
  /** Response tokens to continue from; part of the response, and of its cap. */
  readonly prefix?: Int32Array;
  /** Distinguishes the randomness of continuations (a chain's step, say). Default 0. */
  readonly step?: number;
}
