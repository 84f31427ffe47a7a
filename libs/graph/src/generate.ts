import type { Model } from "./model.ts";
import type { Emit, Law, LoopKind, Target } from "./options.ts";

export interface GenerateOptions {
  readonly target: Target;
  readonly loop: LoopKind;
  readonly law: Law;
  /** Default `fused`. */
  readonly emit?: Emit;
  /** Entropy and self-certainty as outputs. Default true. Log-probabilities are always there. */
  readonly statistics?: boolean;
}

/**
 * Prefill, decode loop and sampler in one graph: R samples of one prompt in one run, at most M new tokens each.
 *
 * Inputs (all must be fed; none other exist)
 * - `prompt_ids` int64 [S], S ≥ 1: the prompt's tokens; to continue a prefix, append the prefix.
 * - `uniforms` float32 [M, R] in [0, 1): `uniforms[t, r]` decides the t-th token of row r by the inverse CDF in token-id order. M is the cap on new tokens, R the number of rows (under `greedy` only the shape counts).
 * - `end_ids` int64 [E], E ≥ 1: feed [-1] when there is none.
 * - `temperature` float32 [] (laws `plain`, `truncated`), > 0.
 * - `top_k` int64 [] (law `truncated`): 1…V, V for none.
 * - `top_p` float32 [] (law `truncated`): (0, 1], 1 for none.
 *
 * Outputs, T ≤ M steps actually run (the loop ends when every row has)
 * - `tokens` int32 [T, R]; row r is meaningful up to `lengths[r]`, its end token included.
 * - `lengths` int32 [R]: new tokens of the row, the end token included. The row ended by itself iff its last token is in `end_ids`.
 * - `log_probability` float32 [T, R]: of the token, at temperature 1, under the full softmax.
 * - `law_log_probability` float32 [T, R]: of the token, under the decoding law (0 for `greedy`).
 * - `entropy`, `self_certainty` float32 [T, R] (with `statistics`): of the full softmax at temperature 1, in nats;
 *   self-certainty = logsumexp(ℓ) − mean(ℓ) − log V, the KL divergence from the uniform law to the model's (Kang et al. 2025, "Scalable Best-of-N Selection via Self-Certainty", eq. 4).
 *
 * @returns the bytes of an ONNX model; its external data are the files of `model.weights`, relative to the model's folder
 */
export declare function buildGenerateGraph(model: Model, options: GenerateOptions): Uint8Array;

/** Upper estimate of the bytes a generate run holds beyond the weights: caches, logits, scan outputs. Rows of a run are split so that it stays below a limit. */
export declare function generateMemory(
  model: Model,
  run: { rows: number; promptTokens: number; newTokens: number },
): number;
