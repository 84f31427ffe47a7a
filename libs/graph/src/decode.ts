import { rotate } from "./rotary.ts";
import type { RotaryTables } from "./rotary.ts";
import type { GraphBuilder, Value } from "./onnx.ts";
import type { Transformer } from "./transformer.ts";
import { windowMask } from "./window-mask.ts";

/** Keys and values of one layer. */
export interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

/**
 * The prompt's keys and values by layer, made before the loop.
 * `positions` int64 [1, S] or [R, S]: of the tokens whose keys they are, where a layer attends within a window.
 */
export type PromptCache = { readonly positions?: Value } & (
  | {
      /** One prompt for all rows: keys [KV, Dh, S], values [KV, S, Dh]. */
      readonly kind: "shared";
      readonly layers: readonly KeyValue[];
      /** int64 [4]: KV, -1, g, S; int64 [3]: KV, -1, S. Made outside the loop, where S is known. */
      readonly byRow: Value;
      readonly byHead: Value;
    }
  | {
      /** One prompt per row: blocks like those of {@link DecodeContext.past}, padded on the right. */
      readonly kind: "separate";
      readonly layers: readonly KeyValue[];
      /** float32 [1, R, 1, S]: 0 on real tokens, a very negative number on padding. */
      readonly mask: Value;
    }
);

/** What one decode step attends to. */
export interface DecodeContext {
  readonly tables: RotaryTables;
  /** int64 [R, g + 2]: each row's position, 0 in the last column. */
  readonly positions: Value;
  readonly prompt: PromptCache;
  /** Earlier tokens of each row by layer, [KV, R, t, Dh], oldest first; all blocks but the last stay as they are. */
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
  const masks = new Map<number, Value>();
  const hidden = transformer.run(b, tokens, (projected, layer) => {
    const head = headParts(b, transformer, context, projected, layer);
    const blocks = context.past.map((block) => at(block, layer));
    const grown = append(b, transformer, at(blocks, blocks.length - 1), head);
    appended.push(grown);
    const prompt = at(context.prompt.layers, layer);
    const rowBlocks = [...blocks.slice(0, -1), grown];
    sizes ??= partSizes(b, [prompt, ...rowBlocks]);
    const window = transformer.config.layerAttention[layer]?.window ?? null;
    if (window !== null && !masks.has(window)) masks.set(window, stepMask(b, context, sizes, window));
    const mask = window === null ? undefined : masks.get(window);
    return attend(b, transformer, context.prompt, prompt, head.query, rowBlocks, { sizes, mask });
  });
  return { logits: transformer.head(b, hidden), appended };
}

/** [R, KV · (g + 2) · Dh] → query [KV, R, g, Dh], key and value [KV, R, 1, Dh], turned to the step's position. */
function headParts(b: GraphBuilder, transformer: Transformer, context: DecodeContext, projected: Value, layer: number) {
  const { keyValueHeads, headSize } = transformer.config;
  const { group } = transformer;
  const byHead = b.op("Reshape", [projected, b.int64([0, keyValueHeads, group + 2, headSize])]);
  const turned = rotate(b, transformer, context.tables, byHead, context.positions, layer);
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

/** int64 [parts]: tokens in each part; values are [..., tokens, Dh] whatever the form of the keys. */
function partSizes(b: GraphBuilder, parts: readonly KeyValue[]): Value {
  const sizes = parts.map((part) => b.op("Shape", [part.value], { start: -2, end: -1 }));
  return b.op("Concat", sizes, { axis: 0 });
}

/**
 * What of prompt and drawn tokens lies within the window of each row's new token: float32 [1, R, 1, S + T], R = 1 for a shared prompt, all of
 * whose rows are equally far.
 */
function stepMask(b: GraphBuilder, context: DecodeContext, sizes: Value, window: number): Value {
  const { prompt, positions } = context;
  const everything = b.int64([Number.MAX_SAFE_INTEGER]);
  const ofToken = b.op("Slice", [positions, b.int64([0]), b.int64([1]), b.int64([1])]);
  const own = prompt.kind === "shared" ? b.op("Slice", [ofToken, b.int64([0]), b.int64([1]), b.int64([0])]) : ofToken;
  const drawn = b.op("ReduceSum", [b.op("Slice", [sizes, b.int64([1]), everything])], { keepdims: 0 });
  const before = b.op("Sub", [b.op("Range", [b.int64(1), b.op("Add", [drawn, b.int64(1)]), b.int64(1)]), drawn]);
  const keys = b.op("Concat", [prompt.positions ?? "", b.op("Add", [own, before])], { axis: 1 });
  return b.op("Unsqueeze", [windowMask(b, own, keys, window), b.int64([0, 2])]);
}

function attend(
  b: GraphBuilder,
  transformer: Transformer,
  cache: PromptCache,
  prompt: KeyValue,
  query: Value,
  blocks: readonly KeyValue[],
  { sizes, mask }: { readonly sizes: Value; readonly mask: Value | undefined },
): Value {
  const { keyValueHeads, headSize, heads } = transformer.config;
  const blockScores = (block: KeyValue) =>
    keepsKeysTransposed(transformer)
      ? b.op("MatMul", [query, block.key])
      : (b.contrib("FusedMatMul", [query, block.key], [true], { transB: 1 })[0] ?? "");
  const promptScores = () => {
    if (cache.kind === "separate") return b.op("Add", [blockScores(prompt), cache.mask]);
    const allRows = b.op("Reshape", [query, b.int64([keyValueHeads, -1, headSize])]);
    return b.op("Reshape", [b.op("MatMul", [allRows, prompt.key]), cache.byRow]);
  };
  const scores = [promptScores(), ...blocks.map(blockScores)];
  const all = b.op("Concat", scores, { axis: 3 });
  const weights = b.op("Softmax", [mask === undefined ? all : b.op("Add", [all, mask])], { axis: -1 });
  const [promptWeights = "", ...blockWeights] = b.ops("Split", [weights, sizes], scores.length, { axis: 3 });
  const promptContext = () => {
    if (cache.kind === "separate") return b.op("MatMul", [promptWeights, prompt.value]);
    const allRows = b.op("MatMul", [b.op("Reshape", [promptWeights, cache.byHead]), prompt.value]);
    return b.op("Reshape", [allRows, b.int64([keyValueHeads, -1, transformer.group, headSize])]);
  };
  let mixed = promptContext();
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
