import { TouchstoneError } from "@touchstone/core";
import { checkWeights, modelTensors } from "./model.ts";
import type { Model } from "./model.ts";
import { GraphBuilder } from "./onnx.ts";
import type { Value } from "./onnx.ts";
import type { Emit, Target } from "./options.ts";
import { hiddenStates, lastState } from "./score.ts";
import { tokenStatistics } from "./statistics.ts";
import { Transformer } from "./transformer.ts";

/**
 * One number per sequence.
 *
 * Inputs: `input_ids` int64 [B, L], padded on the right with any token; `lengths` int64 [B], real tokens; for
 * `LlamaForLikelihoodReward` also `response_starts` int64 [B], the position (≥ 1) of the first response token.
 * Output: `reward` float32 [B].
 *
 * `LlamaForSequenceClassification` (the layout of published reward models): `score.weight` · h, where h is the final-norm hidden
 * state of the last real token. `LlamaForLikelihoodReward` (ours): a · Σ log p(token | before) over the response tokens + v · h + b,
 * with a = `likelihood.scale`, v = `score.weight`, b = `score.bias`.
 * @throws TouchstoneError `invalid-weights`, or `unsupported-model` for a model without a reward head
 */
export function buildRewardGraph(model: Model, options: { readonly target: Target; readonly emit?: Emit }): Uint8Array {
  const { architecture } = model.config;
  if (architecture === "LlamaForCausalLM")
    throw new TouchstoneError({
      code: "unsupported-model",
      family: "input",
      what: "A reward model needs a reward head.",
      value: architecture,
      fix: "Use a model whose config.json names LlamaForSequenceClassification or LlamaForLikelihoodReward.",
    });
  checkWeights(model);
  const b = new GraphBuilder();
  const transformer = new Transformer(b, model, options);
  const ids = b.input("input_ids", "int64", ["batch", "length"]);
  const lengths = b.input("lengths", "int64", ["batch"]);
  const hidden = hiddenStates(b, transformer, ids);
  const score = b.op("Gemm", [lastState(b, hidden, lengths), transformer.weights.tensor(modelTensors.score)], {
    transB: 1,
  });
  const linear = b.op("Squeeze", [score, b.int64([1])]);
  b.output(
    "reward",
    architecture === "LlamaForLikelihoodReward"
      ? likelihoodReward(b, transformer, ids, lengths, hidden, linear)
      : linear,
    "float",
    ["batch"],
  );
  return b.toBytes("reward");
}

function likelihoodReward(
  b: GraphBuilder,
  transformer: Transformer,
  ids: Value,
  lengths: Value,
  hidden: Value,
  linear: Value,
): Value {
  const starts = b.input("response_starts", "int64", ["batch"]);
  const { hiddenSize, vocabularySize } = transformer.config;
  // Only positions from the earliest response on need the vocabulary.
  const first = b.op("ReduceMin", [starts], { keepdims: 1 });
  const before = b.op("Slice", [hidden, b.op("Sub", [first, b.int64([1])]), b.int64([-1]), b.int64([1])]);
  const logits = transformer.head(b, b.op("Reshape", [before, b.int64([-1, hiddenSize])]));
  const targets = b.op("Slice", [ids, first, b.int64([Number.MAX_SAFE_INTEGER]), b.int64([1])]);
  const tokens = b.op("Reshape", [targets, b.int64([-1, 1])]);
  const { logProbability } = tokenStatistics(b, logits, tokens, { vocabularySize, all: false });
  const byRow = b.op("Reshape", [logProbability, b.op("Shape", [targets])]);
  const length = b.op("Squeeze", [b.op("Shape", [ids], { start: 1, end: 2 })]);
  const positions = b.op("Range", [b.op("Squeeze", [first]), length, b.int64(1)]);
  const column = (value: Value) => b.op("Unsqueeze", [value, b.int64([1])]);
  const inside = b.op("And", [
    b.op("GreaterOrEqual", [positions, column(starts)]),
    b.op("Less", [positions, column(lengths)]),
  ]);
  // Where, not a product: padding may hold any token, and 0 · −∞ is not 0.
  const sum = b.op("ReduceSum", [b.op("Where", [inside, byRow, b.float(0)]), b.int64([1])], { keepdims: 0 });
  const scaled = b.op("Mul", [sum, transformer.weights.tensor(modelTensors.likelihoodScale)]);
  return b.op("Add", [b.op("Add", [scaled, linear]), transformer.weights.tensor(modelTensors.scoreBias)]);
}
