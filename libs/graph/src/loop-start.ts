import { keepsKeysTransposed } from "./decode.ts";
import type { KeyValue, PromptCache } from "./decode.ts";
import type { GraphBuilder, LoopState, Value } from "./onnx.ts";
import type { Sampling } from "./record.ts";
import type { RotaryTables } from "./rotary.ts";
import type { Transformer } from "./transformer.ts";

/** What a loop starts from. */
export interface LoopStart {
  readonly transformer: Transformer;
  readonly sampling: Sampling;
  /** [1, V] or [R, V]: the law of the first new token. */
  readonly logits: Value;
  readonly prompt: PromptCache;
  /** int64 [1] or [R, 1]: real tokens of the prompt, the position of the first new token. */
  readonly promptTokens: Value;
  /** int64 [1]: M, R. */
  readonly steps: Value;
  readonly rows: Value;
  readonly tables: RotaryTables;
  /** See `turningHeads`. */
  readonly heads: Value;
  /** float32 [M, R, 1]. */
  readonly uniforms: Value;
  /** int32 [E]. */
  readonly endIds: Value;
  /** Hand out the keys and values of what is drawn. Default false. */
  readonly keepsCache?: boolean;
}

/** Keys and values of no token for some rows: [KV, R, 0, Dh] (keys possibly transposed). @param rows int64 [1] */
export function emptyBlock(b: GraphBuilder, transformer: Transformer, rows: Value): KeyValue {
  const { keyValueHeads, headSize } = transformer.config;
  const empty = (last: readonly number[]) =>
    b.op("ConstantOfShape", [b.op("Concat", [b.int64([keyValueHeads]), rows, b.int64(last)], { axis: 0 })]);
  const value = empty([0, headSize]);
  return { key: keepsKeysTransposed(transformer) ? empty([headSize, 0]) : value, value };
}

/** Keys and values of all layers as loop states, and back. */
export function cacheStates(cache: readonly KeyValue[]): LoopState[] {
  return cache.flatMap(({ key, value }) => [
    { value: key, type: "float" as const },
    { value, type: "float" as const },
  ]);
}

export function cacheOf(values: readonly Value[]): KeyValue[] {
  return Array.from({ length: values.length / 2 }, (_, layer) => ({
    key: values[2 * layer] ?? "",
    value: values[2 * layer + 1] ?? "",
  }));
}
