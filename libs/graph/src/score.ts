import type { Model } from "./model.ts";
import type { Emit, Law, Target } from "./options.ts";

export interface ScoreOptions {
  readonly target: Target;
  /** The law of `law_log_probability`; `greedy` is not allowed. Default `plain`. */
  readonly law?: Exclude<Law, "greedy">;
  readonly emit?: Emit;
}

/**
 * Teacher-forced statistics of given tokens.
 *
 * Inputs: `input_ids` int64 [B, L], padded on the right with any token; `start` int64 [], the first position (≥ 1) whose token is scored; `temperature` (and `top_k`, `top_p` when `truncated`) as in the generate graph.
 * Outputs, float32 [B, L − start], column j for the token at position start + j: `log_probability`, `law_log_probability`, `entropy`, `self_certainty`; values over padding are meaningless.
 * Attention is causal, so padding on the right never reaches a real token.
 */
export declare function buildScoreGraph(model: Model, options: ScoreOptions): Uint8Array;

/**
 * One number per sequence.
 *
 * Inputs: `input_ids` int64 [B, L], padded on the right; `lengths` int64 [B], real tokens; for `LlamaForLikelihoodReward` also `response_starts` int64 [B], the position (≥ 1) of the first response token.
 * Output: `reward` float32 [B].
 * `LlamaForSequenceClassification`: `score.weight` · h, h the final-norm hidden state of the last real token.
 * `LlamaForLikelihoodReward`: a · Σ log p(response token) + v · h + b, with `likelihood.scale`, `score.weight`, `score.bias`.
 */
export declare function buildRewardGraph(
  model: Model,
  options: { target: Target; emit?: Emit },
): Uint8Array;

/** Inputs `input_ids` int64 [B, L] padded on the right, `lengths` int64 [B]; output `embedding` float32 [B, D]: the final-norm hidden state of the last real token. */
export declare function buildEmbedGraph(
  model: Model,
  options: { target: Target; emit?: Emit },
): Uint8Array;

/**
 * The layout transformers.js and optimum run, plain ONNX only: `input_ids`, `attention_mask`, `position_ids` int64 [B, L] (mask [B, past + L]),
 * `past_key_values.N.key|value` float32 [B, KV, past, Dh] → `logits` float32 [B, L, V], `present.N.key|value` [B, KV, past + L, Dh].
 */
export declare function buildStandardGraph(model: Model): Uint8Array;
