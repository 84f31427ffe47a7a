import type { ModelConfig } from "./config.ts";
import { keepsKeysTransposed } from "./decode.ts";
import type { KeyValue } from "./decode.ts";
import type { GraphBuilder, Value } from "./onnx.ts";
import type { Prefill } from "./prefill.ts";
import { rotate, turningHeads } from "./rotary.ts";
import type { RotaryTables } from "./rotary.ts";
import type { Transformer } from "./transformer.ts";
import { forbidden, hasWindows, windowMask } from "./window-mask.ts";

/** Numbers (float32) that a token's keys and values take in all layers: the last axis of `past`, `read_cache` and `drawn_cache`. */
export function cacheWidth({ layers, keyValueHeads, headSize }: ModelConfig): number {
  return 2 * layers * keyValueHeads * headSize;
}

/** Prompts of which a beginning is read already: what is left of them, and the keys and values of that beginning. */
interface Resumed {
  /** int64 [R, S], padded on the right: the tokens still to be read, at least one of each row. */
  readonly ids: Value;
  /** int64 [R], 1 … S. */
  readonly lengths: Value;
  /** float32 [R, P, W], padded on the right. */
  readonly past: Value;
  /** int64 [R], 0 … P. */
  readonly pastLengths: Value;
  /** Whether all rows of the loop continue the one prompt that is given: R = 1, and nothing is padded. */
  readonly shared: boolean;
}

/**
 * Reads what is left of each row's prompt. Tokens attend to the past and to each other; both are kept side by side for the loop, each
 * with the padding of its own.
 * @returns what the loop starts from, the real tokens of each prompt (int64 [R, 1], of a shared one [1]), and the keys and values read now [R, S, W]
 */
export function prefillResumed(
  b: GraphBuilder,
  transformer: Transformer,
  { ids, lengths, past, pastLengths, shared }: Resumed,
  tables: RotaryTables,
): Prefill & { readonly promptTokens: Value; readonly readCache: Value } {
  const { keyValueHeads, headSize, heads } = transformer.config;
  const { group } = transformer;
  const rows = b.op("Shape", [ids], { start: 0, end: 1 });
  const length = b.op("Shape", [ids], { start: 1, end: 2 });
  const start = b.op("Unsqueeze", [pastLengths, b.int64([1])]);
  const index = b.op("Range", [b.int64(0), b.op("Squeeze", [length]), b.int64(1)]);
  const positions = b.op("Add", [start, index]);
  const turns = b.op("Mul", [b.op("Reshape", [positions, b.int64([-1, 1])]), turningHeads(b, transformer)]);
  const pastLength = b.op("Shape", [past], { start: 1, end: 2 });
  const whole = b.op("Add", [pastLength, length]);
  const pastMask = padding(b, pastLengths, pastLength);
  const later = b.op("Greater", [b.op("Unsqueeze", [index, b.int64([0])]), b.op("Unsqueeze", [index, b.int64([1])])]);
  const square = b.op("Unsqueeze", [b.op("Where", [later, b.float(forbidden), b.float(0)]), b.int64([1])]);
  // [L, g, L] → [1, 1, L · g, L]: the g queries of a token look alike.
  const causal = b.op("Reshape", [
    b.op("Expand", [square, b.int64([1, group, 1])]),
    b.op("Concat", [b.int64([1, 1, -1]), length], { axis: 0 }),
  ]);
  const split = b.op("Concat", [rows, length, b.int64([keyValueHeads, group + 2, headSize])], { axis: 0 });
  const perHead = b.op("Concat", [b.int64([keyValueHeads]), rows, b.int64([-1, headSize])], { axis: 0 });
  const joined = b.op("Concat", [b.int64([keyValueHeads]), rows, length, b.int64([group, headSize])], { axis: 0 });
  const keyPositions = () => {
    const pastIndex = b.op("Range", [b.int64(0), b.op("Squeeze", [pastLength]), b.int64(1)]);
    const ofPast = b.op("Expand", [pastIndex, b.op("Concat", [rows, pastLength], { axis: 0 })]);
    return b.op("Concat", [ofPast, positions], { axis: 1 });
  };
  const known = hasWindows(transformer.config) ? { positions: keyPositions() } : undefined;
  const windows = new Map<number, Value>();
  /** What lies within the window of each token read, [1, R, L · g, P + L]. */
  const within = (window: number) => {
    const queries = b.op("Unsqueeze", [positions, b.int64([2, 3])]);
    const mask = windowMask(b, queries, b.op("Unsqueeze", [known?.positions ?? "", b.int64([1, 2])]), window);
    const byQuery = b.op("Expand", [mask, b.int64([1, 1, group, 1])]);
    const shape = b.op("Concat", [b.int64([1]), rows, b.int64([-1]), whole], { axis: 0 });
    return b.op("Reshape", [byQuery, shape]);
  };
  const older = unpackCache(b, transformer, past);
  const read: KeyValue[] = [];
  const layers: KeyValue[] = [];
  const hidden = transformer.run(b, ids, (projected, layer) => {
    const byHead = b.op("Reshape", [projected, b.int64([0, keyValueHeads, group + 2, headSize])]);
    const turned = b.op("Reshape", [rotate(b, transformer, tables, byHead, turns, layer), split]);
    const headMajor = b.op("Transpose", [turned], { perm: [2, 0, 1, 3, 4] });
    const parts = b.ops("Split", [headMajor, b.int64([group, 1, 1])], 3, { axis: 3 });
    const [query = "", key = "", value = ""] = parts.map((part) => b.op("Reshape", [part, perHead]));
    read.push({ key, value });
    const before = older[layer] ?? { key: "", value: "" };
    const scores = [
      b.op("Add", [products(b, transformer, query, before.key), pastMask]),
      b.op("Add", [products(b, transformer, query, key), causal]),
    ];
    const all = b.op("Concat", scores, { axis: 3 });
    const window = transformer.config.layerAttention[layer]?.window ?? null;
    if (window !== null && !windows.has(window)) windows.set(window, within(window));
    const mask = window === null ? undefined : windows.get(window);
    const weights = b.op("Softmax", [mask === undefined ? all : b.op("Add", [all, mask])], { axis: -1 });
    const both = {
      key: b.op("Concat", [before.key, key], { axis: 2 }),
      value: b.op("Concat", [before.value, value], { axis: 2 }),
    };
    layers.push(shared ? sharedBlock(b, both) : block(b, transformer, both));
    const mixed = b.op("Reshape", [b.op("MatMul", [weights, both.value]), joined]);
    const context = b.op("Transpose", [mixed], { perm: [1, 2, 0, 3, 4] });
    return b.op("Reshape", [context, b.int64([-1, heads * headSize])]);
  });
  const first = b.op("Mul", [b.op("Range", [b.int64(0), b.op("Squeeze", [rows]), b.int64(1)]), length]);
  const last = b.op("Sub", [b.op("Add", [first, lengths]), b.int64([1])]);
  return {
    prompt: shared
      ? {
          kind: "shared",
          layers,
          ...known,
          byRow: b.op("Concat", [b.int64([keyValueHeads, -1, group]), whole], { axis: 0 }),
          byHead: b.op("Concat", [b.int64([keyValueHeads, -1]), whole], { axis: 0 }),
        }
      : {
          kind: "separate",
          layers,
          mask: b.op("Concat", [pastMask, padding(b, lengths, length)], { axis: 3 }),
          ...known,
        },
    logits: transformer.head(b, b.op("Gather", [hidden, last])),
    promptTokens: shared ? whole : b.op("Add", [start, b.op("Unsqueeze", [lengths, b.int64([1])])]),
    readCache: packCache(b, transformer, read),
  };
}

/** The form in which the loop keeps blocks of its rows. */
function block(b: GraphBuilder, transformer: Transformer, { key, value }: KeyValue): KeyValue {
  return { key: keepsKeysTransposed(transformer) ? transposed(b, key) : key, value };
}

/** [KV, 1, t, Dh] → keys [KV, Dh, t] and values [KV, t, Dh], as all rows attend to them at once. */
function sharedBlock(b: GraphBuilder, { key, value }: KeyValue): KeyValue {
  const only = (of: Value) => b.op("Squeeze", [of, b.int64([1])]);
  return { key: b.op("Transpose", [only(key)], { perm: [0, 2, 1] }), value: only(value) };
}

/** float32 [1, R, 1, length]: 0 on each row's first tokens, a very negative number behind them. @param length int64 [1] */
function padding(b: GraphBuilder, lengths: Value, length: Value): Value {
  const index = b.op("Range", [b.int64(0), b.op("Squeeze", [length]), b.int64(1)]);
  const column = b.op("Unsqueeze", [lengths, b.int64([1])]);
  const mask = b.op("Where", [b.op("GreaterOrEqual", [index, column]), b.float(forbidden), b.float(0)]);
  return b.op("Unsqueeze", [mask, b.int64([0, 2])]);
}

/** Keys and values of all layers, [KV, R, t, Dh] each → [R, t, W]: a token's numbers lie side by side, so that prefixes are slices. */
export function packCache(b: GraphBuilder, transformer: Transformer, layers: readonly KeyValue[]): Value {
  const stacked = b.op(
    "Concat",
    layers.flatMap(({ key, value }) => [key, value]),
    { axis: 0 },
  );
  const byToken = b.op("Transpose", [stacked], { perm: [1, 2, 0, 3] });
  return b.op("Reshape", [byToken, b.int64([0, 0, cacheWidth(transformer.config)])]);
}

function unpackCache(b: GraphBuilder, { config }: Transformer, cache: Value): KeyValue[] {
  const { layers, keyValueHeads, headSize } = config;
  const byHead = b.op("Reshape", [cache, b.int64([0, 0, 2 * layers * keyValueHeads, headSize])]);
  const stacked = b.op("Transpose", [byHead], { perm: [2, 0, 1, 3] });
  const sizes = b.int64(Array.from({ length: 2 * layers }, () => keyValueHeads));
  const parts = b.ops("Split", [stacked, sizes], 2 * layers, { axis: 0 });
  return Array.from({ length: layers }, (_, i) => ({ key: parts[2 * i] ?? "", value: parts[2 * i + 1] ?? "" }));
}

/** Every query with every key, [..., q, Dh] and [..., t, Dh] → [..., q, t]. */
function products(b: GraphBuilder, transformer: Transformer, queries: Value, keys: Value): Value {
  if (keepsKeysTransposed(transformer)) return b.op("MatMul", [queries, transposed(b, keys)]);
  return b.contrib("FusedMatMul", [queries, keys], [true], { transB: 1 })[0] ?? "";
}

function transposed(b: GraphBuilder, keys: Value): Value {
  return b.op("Transpose", [keys], { perm: [0, 1, 3, 2] });
}

/** A loop's keys as they are, [KV, R, t, Dh], whatever the form in which it keeps them. */
export function untransposed(b: GraphBuilder, transformer: Transformer, layers: readonly KeyValue[]): KeyValue[] {
  if (!keepsKeysTransposed(transformer)) return [...layers];
  return layers.map(({ key, value }) => ({ key: transposed(b, key), value }));
}
