import { rotate } from "./rotary.ts";
import type { RotaryTables } from "./rotary.ts";
import type { GraphBuilder, Value } from "./onnx.ts";
import type { Transformer } from "./transformer.ts";

/** Keys and values of one layer. */
export interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

/** What one decode step attends to, by layer. */
export interface DecodeContext {
  readonly tables: RotaryTables;
  /** int64 [R, g + 2]: the step's position, 0 in the last column. */
  readonly positions: Value;
  /** The prompt, the same for all rows: keys [KV, Dh, S], values [KV, S, Dh]. */
  readonly prompt: readonly KeyValue[];
  /** int64 [4]: KV, -1, g, S; int64 [3]: KV, -1, S. Made outside the loop, where S is known. */
  readonly promptByRow: Value;
  readonly promptByHead: Value;
  /** Earlier tokens of each row, [KV, R, t, Dh], oldest first; all but the last list stay as they are. */
  readonly past: readonly (readonly KeyValue[])[];
}

/** Whether keys are kept transposed, [KV, R, Dh, t]: dearer to append to, but WebGPU has no matrix product with a transposed factor. */
export function keepsKeysTransposed(transformer: Transformer): boolean {
  return transformer.emit === "primitive" || transformer.target === "webgpu";
}

/** The axis of a row's tokens in its keys. */
export function keyTokenAxis(transformer: Transformer): number {
  return keepsKeysTransposed(transformer) ? 3 : 2;
}

/**
 * One token for each of R rows.
 * Attention is computed in parts (prompt, finished blocks, current block) that share one softmax: their scores are joined,
 * normalised together and split again. The prompt's part is one matrix product for all rows.
 * @param tokens int32 [R, 1]
 * @returns logits [R, V], and the last block of `past` with the new token appended
 */
export function decodeStep(
  b: GraphBuilder,
  transformer: Transformer,
  tokens: Value,
  context: DecodeContext,
): { logits: Value; appended: KeyValue[] } {
  const appended: KeyValue[] = [];
  let sizes: Value | undefined;
  const hidden = transformer.run(b, tokens, (projected, layer) => {
    const head = headParts(b, transformer, context, projected);
    const prompt = at(context.prompt, layer);
    const blocks = context.past.map((block) => at(block, layer));
    const grown = append(b, transformer, at(blocks, blocks.length - 1), head);
    appended.push(grown);
    const rowBlocks = [...blocks.slice(0, -1), grown];
    sizes ??= partSizes(b, transformer, prompt, rowBlocks);
    return attend(b, transformer, context, head.query, prompt, rowBlocks, sizes);
  });
  return { logits: transformer.head(b, hidden), appended };
}

/** [R, KV · (g + 2) · Dh] → query [KV, R, g, Dh], key and value [KV, R, 1, Dh], turned to the step's position. */
function headParts(b: GraphBuilder, transformer: Transformer, context: DecodeContext, projected: Value) {
  const { keyValueHeads, headSize } = transformer.config;
  const { group } = transformer;
  const byHead = b.op("Reshape", [projected, b.int64([0, keyValueHeads, group + 2, headSize])]);
  const turned = rotate(b, transformer, context.tables, byHead, context.positions);
  const headMajor = b.op("Transpose", [turned], { perm: [1, 0, 2, 3] });
  const [query = "", key = "", value = ""] = b.ops("Split", [headMajor, b.int64([group, 1, 1])], 3, { axis: 2 });
  return { query, key, value };
}

function append(b: GraphBuilder, transformer: Transformer, past: KeyValue, now: KeyValue): KeyValue {
  const key = keepsKeysTransposed(transformer) ? b.op("Transpose", [now.key], { perm: [0, 1, 3, 2] }) : now.key;
  return {
    key: b.op("Concat", [past.key, key], { axis: keyTokenAxis(transformer) }),
    value: b.op("Concat", [past.value, now.value], { axis: 2 }),
  };
}

/** int64 [parts]: tokens in the prompt and in each block. */
function partSizes(b: GraphBuilder, transformer: Transformer, prompt: KeyValue, blocks: readonly KeyValue[]): Value {
  const axis = keyTokenAxis(transformer);
  const promptSize = b.op("Shape", [prompt.key], { start: 2, end: 3 });
  return b.op(
    "Concat",
    [promptSize, ...blocks.map((block) => b.op("Shape", [block.key], { start: axis, end: axis + 1 }))],
    {
      axis: 0,
    },
  );
}

function attend(
  b: GraphBuilder,
  transformer: Transformer,
  context: DecodeContext,
  query: Value,
  prompt: KeyValue,
  blocks: readonly KeyValue[],
  sizes: Value,
): Value {
  const { keyValueHeads, headSize, heads } = transformer.config;
  const { group } = transformer;
  const promptQuery = b.op("Reshape", [query, b.int64([keyValueHeads, -1, headSize])]);
  const promptScores = b.op("MatMul", [promptQuery, prompt.key]);
  const scores = [
    b.op("Reshape", [promptScores, context.promptByRow]),
    ...blocks.map((block) =>
      keepsKeysTransposed(transformer)
        ? b.op("MatMul", [query, block.key])
        : (b.contrib("FusedMatMul", [query, block.key], [true], { transB: 1 })[0] ?? ""),
    ),
  ];
  const weights = b.op("Softmax", [b.op("Concat", scores, { axis: 3 })], { axis: -1 });
  const [promptWeights = "", ...blockWeights] = b.ops("Split", [weights, sizes], scores.length, { axis: 3 });
  const promptContext = b.op("MatMul", [b.op("Reshape", [promptWeights, context.promptByHead]), prompt.value]);
  let mixed = b.op("Reshape", [promptContext, b.int64([keyValueHeads, -1, group, headSize])]);
  blocks.forEach((block, index) => {
    mixed = b.op("Add", [mixed, b.op("MatMul", [at(blockWeights, index), block.value])]);
  });
  const rowMajor = b.op("Transpose", [mixed], { perm: [1, 0, 2, 3] });
  return b.op("Reshape", [rowMajor, b.int64([-1, heads * headSize])]);
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index} among ${list.length}`);
  return item;
}
