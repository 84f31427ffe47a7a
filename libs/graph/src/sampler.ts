import type { GraphBuilder, Value } from "./onnx.ts";
import type { Law } from "./options.ts";

/** The knobs of a decoding law as inputs of a graph; those that the law does not have are absent. */
export interface LawInputs {
  readonly temperature?: Value;
  readonly topK?: Value;
  readonly topP?: Value;
}

/** Declares the inputs that the law needs. */
export function lawInputs(b: GraphBuilder, law: Law): LawInputs {
  if (law === "greedy") return {};
  const temperature = b.input("temperature", "float", []);
  if (law === "plain") return { temperature };
  return { temperature, topK: b.input("top_k", "int64", []), topP: b.input("top_p", "float", []) };
}

/** Entries per block of the two-level search, and the vocabulary size from which it is used. */
const blockSize = 256;
const twoLevelFrom = 1025;

/** The largest float32 below 1. */
const belowOne = 1 - 2 ** -24;

/**
 * Masses of the decoding law, [..., V] in token order; they need not sum to 1.
 * Greedy has none: its law is a point.
 */
export function lawMasses(b: GraphBuilder, logits: Value, inputs: LawInputs, vocabularySize: number): Value {
  const { temperature = "", topK, topP } = inputs;
  const scaled = b.op("Div", [logits, temperature]);
  if (topK === undefined || topP === undefined) return b.op("Softmax", [scaled], { axis: -1 });
  const kept = b.op("Min", [b.op("Reshape", [topK, b.int64([1])]), b.int64([vocabularySize])]);
  const [values = "", indices = ""] = b.ops("TopK", [scaled, kept], 2, { axis: -1, largest: 1, sorted: 1 });
  const probabilities = b.op("Softmax", [values], { axis: -1 });
  const before = b.op("CumSum", [probabilities, b.int64(-1)], { exclusive: 1 });
  const within = b.op("Cast", [b.op("Less", [before, topP])], { to: 1 });
  const nothing = b.op("Mul", [scaled, b.float(0)]);
  return b.op("ScatterElements", [nothing, indices, b.op("Mul", [probabilities, within])], { axis: -1 });
}

/** masses [R, V], tokens int32 [R, 1] → the tokens' probabilities [R, 1]. */
export function lawProbability(b: GraphBuilder, masses: Value, tokens: Value): Value {
  const mass = b.op("GatherElements", [masses, tokens], { axis: -1 });
  return b.op("Div", [mass, b.op("ReduceSum", [masses, b.int64([-1])])]);
}

/** The most probable token, the lowest id on ties: logits [R, V] → int32 [R, 1]. */
export function greedyToken(b: GraphBuilder, logits: Value): Value {
  return b.op("Cast", [b.op("ArgMax", [logits], { axis: -1, keepdims: 1 })], { to: 6 });
}

/**
 * Draws by the inverse of the cumulative distribution in token order: the first token whose cumulative mass exceeds u · total.
 * Multiplying by the total keeps the threshold below the last cumulative mass whatever the rounding, so that a token of mass 0 is
 * never drawn. Counting is done in float32, exact for vocabularies below 2²⁴ and, unlike int64 sums, native to WebGPU.
 * @param masses [R, V] @param uniforms [R, 1] in [0, 1)
 * @returns int32 [R, 1]
 */
export function drawToken(b: GraphBuilder, masses: Value, uniforms: Value, vocabularySize: number): Value {
  if (vocabularySize < twoLevelFrom) return toToken(b, countBelow(b, masses, uniforms, vocabularySize).index);
  const blocks = Math.ceil(vocabularySize / blockSize);
  const padding = blocks * blockSize - vocabularySize;
  const padded = padding === 0 ? masses : b.op("Pad", [masses, b.int64([0, 0, 0, padding])]);
  const table = b.op("Reshape", [padded, b.int64([-1, blocks, blockSize])]);
  const blockMasses = b.op("ReduceSum", [table, b.int64([2])], { keepdims: 0 });
  const outer = countBelow(b, blockMasses, uniforms, blocks);
  const block = b.op("Cast", [outer.index], { to: 7 });
  const before = b.op("GatherElements", [b.op("CumSum", [blockMasses, b.int64(-1)], { exclusive: 1 }), block], {
    axis: 1,
  });
  const mass = b.op("GatherElements", [blockMasses, block], { axis: 1 });
  const share = b.op("Div", [b.op("Sub", [outer.threshold, before]), mass]);
  const within = b.op("Min", [b.op("Max", [share, b.float(0)]), b.float(belowOne)]);
  const inner = countBelow(b, b.op("GatherND", [table, block], { batch_dims: 1 }), within, blockSize);
  const index = b.op("Add", [b.op("Mul", [outer.index, b.float(blockSize)]), inner.index]);
  return toToken(b, index);
}

function toToken(b: GraphBuilder, index: Value): Value {
  return b.op("Cast", [index], { to: 6 });
}

/** Index (as float [R, 1]) of the first entry whose cumulative mass exceeds the threshold u · total. */
function countBelow(b: GraphBuilder, masses: Value, uniforms: Value, size: number): { index: Value; threshold: Value } {
  const cumulative = b.op("CumSum", [masses, b.int64(-1)]);
  const total = b.op("Gather", [cumulative, b.int64([size - 1])], { axis: 1 });
  const threshold = b.op("Mul", [uniforms, total]);
  const below = b.op("Cast", [b.op("LessOrEqual", [cumulative, threshold])], { to: 1 });
  return { index: b.op("ReduceSum", [below, b.int64([-1])]), threshold };
}
