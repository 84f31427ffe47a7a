import type { ModelConfig } from "./config.ts";
import type { GraphBuilder, Value } from "./onnx.ts";

/** Low enough that its exponential is exactly 0 in float32 beside any real score, and finite, so that no NaN can arise. */
export const forbidden = -1e9;

/** The widths that a model's layers attend within; null for all that goes before. */
export function windowsOf({ layerAttention }: ModelConfig): ReadonlySet<number | null> {
  return new Set(layerAttention.map(({ window }) => window));
}

/** Whether any layer attends within a window, so that positions of keys matter. */
export function hasWindows(config: ModelConfig): boolean {
  return [...windowsOf(config)].some((window) => window !== null);
}

/** 0 where a key lies within the window that ends at the query, a very negative number where it lies before. Positions int64, broadcast. */
export function windowMask(b: GraphBuilder, queries: Value, keys: Value, window: number): Value {
  const inside = b.op("Greater", [keys, b.op("Sub", [queries, b.int64(window)])]);
  return b.op("Where", [inside, b.float(0), b.float(forbidden)]);
}
