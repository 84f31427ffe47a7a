import type { GraphBuilder, Value } from "./onnx.ts";
import { rotate } from "./rotary.ts";
import type { RotaryTables } from "./rotary.ts";
import type { Transformer } from "./transformer.ts";
import { forbidden, windowMask, windowsOf } from "./window-mask.ts";

/** Shapes and masks of causal attention over a batch of equally long rows, computed once and used by every layer. */
export interface CausalFrame {
  readonly tables: RotaryTables;
  /** int64 [B · L, g + 2]. */
  readonly positions: Value;
  /** By the layer's window, float32 [L · g, L]: 0 where a token may look, a very negative number where not. */
  readonly masks: ReadonlyMap<number | null, Value>;
  /** int64 [5]: B, L, KV, g + 2, Dh. */
  readonly split: Value;
  /** int64 [4]: B, KV, -1, Dh. */
  readonly perHead: Value;
  /** int64 [5]: B, KV, L, g, Dh. */
  readonly joined: Value;
}

/** @param ids int64 [B, L]; its shape alone is used. @param heads see `turningHeads`. @param tables for at least L positions */
export function causalFrame(
  b: GraphBuilder,
  transformer: Transformer,
  ids: Value,
  heads: Value,
  tables: RotaryTables,
): CausalFrame {
  const { keyValueHeads, headSize } = transformer.config;
  const { group } = transformer;
  const shape = b.op("Shape", [ids]);
  const batch = b.op("Shape", [ids], { start: 0, end: 1 });
  const length = b.op("Shape", [ids], { start: 1, end: 2 });
  const index = b.op("Range", [b.int64(0), b.op("Squeeze", [length]), b.int64(1)]);
  const rows = b.op("Reshape", [b.op("Expand", [index, shape]), b.int64([-1, 1])]);
  const [keys, queries] = [b.op("Unsqueeze", [index, b.int64([0])]), b.op("Unsqueeze", [index, b.int64([1])])];
  const later = b.op("Greater", [keys, queries]);
  const causal = b.op("Where", [later, b.float(forbidden), b.float(0)]);
  const masks = [...windowsOf(transformer.config)].map((window) => {
    const square = window === null ? causal : b.op("Add", [causal, windowMask(b, queries, keys, window)]);
    const repeated = b.op("Expand", [b.op("Unsqueeze", [square, b.int64([1])]), b.int64([1, group, 1])]);
    return [window, repeated] as const;
  });
  return {
    tables,
    positions: b.op("Mul", [rows, heads]),
    masks: new Map(
      masks.map(([window, repeated]) => [
        window,
        b.op("Reshape", [repeated, b.op("Concat", [b.int64([-1]), length], { axis: 0 })]),
      ]),
    ),
    split: b.op("Concat", [shape, b.int64([keyValueHeads, group + 2, headSize])], { axis: 0 }),
    perHead: b.op("Concat", [batch, b.int64([keyValueHeads, -1, headSize])], { axis: 0 }),
    joined: b.op("Concat", [batch, b.int64([keyValueHeads]), length, b.int64([group, headSize])], { axis: 0 }),
  };
}

/**
 * Causal attention of a batch over itself.
 * @param projected [B · L, KV · (g + 2) · Dh]
 * @returns context [B · L, H · Dh], and the rotated keys and the values [B, KV, L, Dh]
 */
export function causalAttention(
  b: GraphBuilder,
  transformer: Transformer,
  frame: CausalFrame,
  projected: Value,
  layer: number,
): { context: Value; key: Value; value: Value } {
  const { keyValueHeads, headSize, heads } = transformer.config;
  const { group } = transformer;
  const byHead = b.op("Reshape", [projected, b.int64([0, keyValueHeads, group + 2, headSize])]);
  const turned = rotate(b, transformer, frame.tables, byHead, frame.positions, layer);
  const batched = b.op("Transpose", [b.op("Reshape", [turned, frame.split])], { perm: [0, 2, 1, 3, 4] });
  const parts = b.ops("Split", [batched, b.int64([group, 1, 1])], 3, { axis: 3 });
  const [query = "", key = "", value = ""] = parts.map((part) => b.op("Reshape", [part, frame.perHead]));
  const scores = b.op("MatMul", [query, b.op("Transpose", [key], { perm: [0, 1, 3, 2] })]);
  const mask = frame.masks.get(transformer.config.layerAttention[layer]?.window ?? null) ?? "";
  const weights = b.op("Softmax", [b.op("Add", [scores, mask])], { axis: -1 });
  const mixed = b.op("Reshape", [b.op("MatMul", [weights, value]), frame.joined]);
  const context = b.op("Transpose", [mixed], { perm: [0, 2, 1, 3, 4] });
  return { context: b.op("Reshape", [context, b.int64([-1, heads * headSize])]), key, value };
}
