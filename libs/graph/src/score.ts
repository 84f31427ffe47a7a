import { causalAttention, causalFrame } from "./attention.ts";
import type { ModelConfig } from "./config.ts";
import { checkWeights } from "./model.ts";
import type { Model } from "./model.ts";
import { GraphBuilder } from "./onnx.ts";
import type { Value } from "./onnx.ts";
import type { Emit, Law, Target } from "./options.ts";
import { rotaryTables, turningHeads } from "./rotary.ts";
import { lawInputs, lawMasses, lawProbability } from "./sampler.ts";
import { measureNames, tokenStatistics } from "./statistics.ts";
import { Transformer } from "./transformer.ts";

export interface ScoreOptions {
  readonly target: Target;
  /** The law of `decoding_log_probability`. Default `plain`. */
  readonly law?: Exclude<Law, "greedy">;
  readonly emit?: Emit;
}

/**
 * Teacher-forced statistics of given tokens.
 *
 * Inputs: `input_ids` int64 [B, L], L ≥ {@link shortestSequence}, padded on the right with any token (attention is causal, so that padding
 * there reaches no real token); `start` int64 [], 1 … L, the first position whose token is scored; `temperature`, and `top_k`, `top_p` when
 * `truncated`, as in the generate graph.
 *
 * Outputs, float32, column j for the token at position start + j: `log_probability`, `decoding_log_probability` (−∞ outside the
 * truncated set) [B, L − start]; `entropy`, `self_certainty`, `gini`, `top_confidence` [B, L − start + 1], of which the last column
 * is of the law that follows the last position. Values over padding are meaningless.
 * @throws TouchstoneError `invalid-weights`
 */
export function buildScoreGraph(model: Model, options: ScoreOptions): Uint8Array {
  checkWeights(model);
  const b = new GraphBuilder();
  const transformer = new Transformer(b, model, options);
  const ids = b.input("input_ids", "int64", ["batch", "length"]);
  const start = b.op("Reshape", [b.input("start", "int64", []), b.int64([1])]);
  const inputs = lawInputs(b, options.law ?? "plain");
  const everything = b.int64([Number.MAX_SAFE_INTEGER]);
  const { hiddenSize, vocabularySize } = model.config;
  const hidden = hiddenStates(b, transformer, ids);
  // The state at position p gives the law of the token at p + 1; none is given after the last position, so any stands there.
  const states = b.op("Slice", [hidden, b.op("Sub", [start, b.int64([1])]), everything, b.int64([1])]);
  const logits = transformer.head(b, b.op("Reshape", [states, b.int64([-1, hiddenSize])]));
  const given = b.op("Slice", [ids, start, everything, b.int64([1])]);
  const targets = b.op("Pad", [given, b.int64([0, 0, 0, 1])]);
  const tokens = b.op("Reshape", [targets, b.int64([-1, 1])]);
  const { logProbability, measures } = tokenStatistics(b, logits, tokens, { vocabularySize, all: true });
  const probability = lawProbability(b, lawMasses(b, logits, inputs, vocabularySize), tokens);
  const shape = b.op("Shape", [targets]);
  const table = (value: Value) => b.op("Reshape", [value, shape]);
  const ofGiven = (value: Value) => b.op("Slice", [table(value), b.int64([0]), b.int64([-1]), b.int64([1])]);
  b.output("log_probability", ofGiven(logProbability), "float", ["batch", "scored"]);
  b.output("decoding_log_probability", ofGiven(b.op("Log", [probability])), "float", ["batch", "scored"]);
  measures.forEach((measure, i) => b.output(measureNames[i] ?? "", table(measure), "float", ["batch", "laws"]));
  return b.toBytes("score");
}

/**
 * The final-norm hidden state of the last real token.
 *
 * Inputs: `input_ids` int64 [B, L], L ≥ {@link shortestSequence}, padded on the right; `lengths` int64 [B], real tokens. Output: `embedding` float32 [B, D].
 * @throws TouchstoneError `invalid-weights`
 */
export function buildEmbedGraph(model: Model, options: { readonly target: Target; readonly emit?: Emit }): Uint8Array {
  checkWeights(model);
  const b = new GraphBuilder();
  const transformer = new Transformer(b, model, options);
  const ids = b.input("input_ids", "int64", ["batch", "length"]);
  const lengths = b.input("lengths", "int64", ["batch"]);
  const last = lastState(b, hiddenStates(b, transformer, ids), lengths);
  b.output("embedding", last, "float", ["batch", model.config.hiddenSize]);
  return b.toBytes("embed");
}

/**
 * Tokens that a row of the score, embed and reward graphs must have, padding included: the rotation takes the g + 2 heads of a group for
 * positions, and looks for as many in its tables.
 */
export function shortestSequence({ heads, keyValueHeads }: ModelConfig): number {
  return heads / keyValueHeads + 2;
}

/** ids [B, L] → final-norm hidden states [B, L, D]. */
export function hiddenStates(b: GraphBuilder, transformer: Transformer, ids: Value): Value {
  const length = b.op("Squeeze", [b.op("Shape", [ids], { start: 1, end: 2 })]);
  const frame = causalFrame(b, transformer, ids, turningHeads(b, transformer), rotaryTables(b, transformer, length));
  const hidden = transformer.run(
    b,
    ids,
    (projected, layer) => causalAttention(b, transformer, frame, projected, layer).context,
  );
  const shape = b.op("Concat", [b.op("Shape", [ids]), b.int64([transformer.config.hiddenSize])], { axis: 0 });
  return b.op("Reshape", [hidden, shape]);
}

/** hidden [B, L, D], lengths int64 [B] → [B, D]. */
export function lastState(b: GraphBuilder, hidden: Value, lengths: Value): Value {
  const index = b.op("Unsqueeze", [b.op("Sub", [lengths, b.int64(1)]), b.int64([1])]);
  return b.op("GatherND", [hidden, index], { batch_dims: 1 });
}
