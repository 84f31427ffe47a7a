import { TouchstoneError } from "@touchstone/core";
import { checkWeights, modelTensors } from "./model.ts";
import type { Model } from "./model.ts";
import { GraphBuilder } from "./onnx.ts";
import type { Value } from "./onnx.ts";
import type { Emit, Target } from "./options.ts";
import { hiddenStates, lastState } from "./score.ts";
import { tokenStatistics } from "./statistics.ts";
import { Transformer } from "./transformer.ts";

interface RewardGraphOptions {
  readonly target: Target;
  readonly emit?: Emit;
}

/**
 * One number per sequence.
 *
 * Inputs: `input_ids` int64 [B, L], L ≥ `shortestSequence`, padded on the right with any token; `lengths` int64 [B], real tokens; for
 * `LlamaForLikelihoodReward` also `response_starts` int64 [B], the position (≥ 1) of the first response token; L for none.
 * Output: `reward` float32 [B].
 *
 * `…ForSequenceClassification` (the layout of published reward models): `score.weight` · h, where h is the final-norm hidden
 * state of the last real token. `LlamaForLikelihoodReward` (ours): a · Σ log p(token | before) over the response tokens + v · h + b,
 * with a = `likelihood.scale`, v = `score.weight`, b = `score.bias`.
 * @throws TouchstoneError `invalid-weights`, or `unsupported-model` for a model without a reward head
 */
export function buildRewardGraph(model: Model, options: RewardGraphOptions): Uint8Array {
  const { b, transformer, ids } = begin(model, options);
  const lengths = b.input("lengths", "int64", ["batch"]);
  const hidden = hiddenStates(b, transformer, ids);
  const linear = b.op("Squeeze", [scoreHead(b, transformer, lastState(b, hidden, lengths)), b.int64([1])]);
  const reward = () => {
    const { terms } = responseTerms(b, transformer, ids, hidden, lengths);
    return affine(b, transformer, b.op("ReduceSum", [terms, b.int64([1])], { keepdims: 0 }), linear);
  };
  b.output("reward", isLikelihood(model) ? reward() : linear, "float", ["batch"]);
  return b.toBytes("reward");
}

/**
 * The rewards of all beginnings of a sequence in one pass: attention is causal, so that the state at a position is the last one of the
 * sequence that ends there, and the likelihood of a beginning is a partial sum.
 *
 * Inputs as for {@link buildRewardGraph} without `lengths`. Output: `rewards` float32 [B, L]; column t is the reward of the first t + 1
 * tokens, meaningful from the last token of the prompt to the last real one.
 * @throws TouchstoneError as {@link buildRewardGraph} does
 */
export function buildStepRewardGraph(model: Model, options: RewardGraphOptions): Uint8Array {
  const { b, transformer, ids } = begin(model, options);
  const hidden = hiddenStates(b, transformer, ids);
  const states = b.op("Reshape", [hidden, b.int64([-1, model.config.hiddenSize])]);
  const linear = b.op("Reshape", [scoreHead(b, transformer, states), b.op("Shape", [ids])]);
  const rewards = () => {
    const { terms, first } = responseTerms(b, transformer, ids, hidden);
    const pads = b.op("Concat", [b.int64([0]), first, b.int64([0, 0])], { axis: 0 });
    return affine(b, transformer, b.op("Pad", [b.op("CumSum", [terms, b.int64(1)]), pads]), linear);
  };
  b.output("rewards", isLikelihood(model) ? rewards() : linear, "float", ["batch", "length"]);
  return b.toBytes("step-reward");
}

function begin(model: Model, options: RewardGraphOptions) {
  const { architecture, kind } = model.config;
  if (kind === "language-model")
    throw new TouchstoneError({
      code: "unsupported-model",
      family: "input",
      what: "A reward model needs a reward head.",
      value: architecture,
      fix: "Use a model whose config.json names a …ForSequenceClassification architecture or LlamaForLikelihoodReward.",
    });
  checkWeights(model);
  const b = new GraphBuilder();
  return {
    b,
    transformer: new Transformer(b, model, options),
    ids: b.input("input_ids", "int64", ["batch", "length"]),
  };
}

function isLikelihood({ config }: Model): boolean {
  return config.kind === "likelihood";
}

/** states [N, D] → [N, 1]. */
function scoreHead(b: GraphBuilder, transformer: Transformer, states: Value): Value {
  return b.op("Gemm", [states, transformer.weights.tensor(modelTensors.score)], { transB: 1 });
}

/** likelihood · a + linear + b. */
function affine(b: GraphBuilder, transformer: Transformer, likelihood: Value, linear: Value): Value {
  const scaled = b.op("Mul", [likelihood, transformer.weights.tensor(modelTensors.likelihoodScale)]);
  return b.op("Add", [b.op("Add", [scaled, linear]), transformer.weights.tensor(modelTensors.scoreBias)]);
}

/**
 * Log-probabilities of the tokens from the earliest response on, 0 outside each row's own response: [B, L − first].
 * @param lengths int64 [B]: where the rows' real tokens end; without it the padding counts as response
 */
function responseTerms(
  b: GraphBuilder,
  transformer: Transformer,
  ids: Value,
  hidden: Value,
  lengths?: Value,
): { terms: Value; first: Value } {
  const starts = b.input("response_starts", "int64", ["batch"]);
  const { hiddenSize, vocabularySize } = transformer.config;
  const width = b.op("Shape", [ids], { start: 1, end: 2 });
  // Only positions from the earliest response on need the vocabulary; where all are empty, one stays: nothing cannot be reshaped.
  const earliest = b.op("ReduceMin", [starts], { keepdims: 1 });
  const first = b.op("Min", [earliest, b.op("Sub", [width, b.int64([1])])]);
  const before = b.op("Slice", [hidden, b.op("Sub", [first, b.int64([1])]), b.int64([-1]), b.int64([1])]);
  const logits = transformer.head(b, b.op("Reshape", [before, b.int64([-1, hiddenSize])]));
  const targets = b.op("Slice", [ids, first, b.int64([Number.MAX_SAFE_INTEGER]), b.int64([1])]);
  const tokens = b.op("Reshape", [targets, b.int64([-1, 1])]);
  const { logProbability } = tokenStatistics(b, logits, tokens, { vocabularySize, all: false });
  const byRow = b.op("Reshape", [logProbability, b.op("Shape", [targets])]);
  const positions = b.op("Range", [b.op("Squeeze", [first]), b.op("Squeeze", [width]), b.int64(1)]);
  const column = (value: Value) => b.op("Unsqueeze", [value, b.int64([1])]);
  const begun = b.op("GreaterOrEqual", [positions, column(starts)]);
  const inside = lengths === undefined ? begun : b.op("And", [begun, b.op("Less", [positions, column(lengths)])]);
  // Where, not a product: padding may hold any token, and 0 · −∞ is not 0.
  return { terms: b.op("Where", [inside, byRow, b.float(0)]), first };
}
