import type { GraphBuilder, LoopState, Value } from "./onnx.ts";
import { drawAndRecord, finishRecord } from "./record.ts";
import type { DrawnRecord, Sampling } from "./record.ts";
import type { RotaryTables } from "./rotary.ts";
import type { Transformer } from "./transformer.ts";

/**
 * One row with GroupQueryAttention, which rotates, appends to the cache and attends in one node. For one row the time goes into
 * the number of nodes, and copying the cache at every step, prompt included, costs little; for many rows it costs most of the time.
 * @param start `steps` int64 [1], `uniforms` float32 [M, 1, 1], `endIds` int32 [E]; `transformer` in stacked order
 */
export function singleRowLoop(
  b: GraphBuilder,
  start: {
    readonly transformer: Transformer;
    readonly sampling: Sampling;
    readonly promptIds: Value;
    readonly tables: RotaryTables;
    readonly steps: Value;
    readonly uniforms: Value;
    readonly endIds: Value;
  },
): DrawnRecord {
  const { transformer, sampling, tables } = start;
  const { layers, keyValueHeads, headSize } = transformer.config;
  const promptTokens = b.op("Shape", [start.promptIds]);
  const empty = b.op("ConstantOfShape", [b.int64([1, keyValueHeads, 0, headSize])]);
  const nothing = Array.from({ length: 2 * layers }, () => empty);
  const prompt = step(b, transformer, tables, start.promptIds, nothing, promptTokens);
  const states: LoopState[] = [
    { value: transformer.head(b, b.op("Gather", [prompt.hidden, b.int64([-1])])), type: "float" },
    ...prompt.cache.map((value) => ({ value, type: "float" as const })),
  ];
  const { scans } = b.loop(b.op("Squeeze", [start.steps]), b.bool(true), states, (inner, iteration, carried) => {
    const [logits = "", ...cache] = carried;
    const uniforms = inner.op("Gather", [start.uniforms, iteration], { axis: 0 });
    const { tokens, scans: handedOut } = drawAndRecord(inner, sampling, logits, uniforms);
    const isEnd = inner.op("Cast", [inner.op("Equal", [tokens, start.endIds])], { to: 1 });
    const total = inner.op("Add", [inner.op("Add", [promptTokens, iteration]), inner.int64([1])]);
    const next = step(inner, transformer, tables, tokens, cache, total);
    return {
      condition: inner.op("Less", [inner.op("ReduceMax", [isEnd], { keepdims: 0 }), inner.float(1)]),
      states: [transformer.head(inner, next.hidden), ...next.cache],
      scans: handedOut,
    };
  });
  return finishRecord(b, sampling, scans);
}

/** The next tokens of the row (any shape) → their final-norm states [tokens, D] and the grown cache. @param total int64 [1]: tokens with these */
function step(
  b: GraphBuilder,
  transformer: Transformer,
  tables: RotaryTables,
  tokens: Value,
  cache: readonly Value[],
  total: Value,
): { hidden: Value; cache: Value[] } {
  const { heads, keyValueHeads, headSize } = transformer.config;
  const totalLength = b.op("Cast", [b.op("Squeeze", [total])], { to: 6 });
  const lastPosition = b.op("Cast", [b.op("Sub", [total, b.int64([1])])], { to: 6 });
  const grown: Value[] = [];
  const hidden = transformer.run(b, tokens, (projected, layer) => {
    const { rotary, window } = transformer.config.layerAttention[layer] ?? { rotary: true, window: null };
    const scale = transformer.scoreScale(layer);
    const [context = "", key = "", value = ""] = b.contrib(
      "GroupQueryAttention",
      [
        b.op("Unsqueeze", [projected, b.int64([0])]),
        "",
        "",
        cache[2 * layer] ?? "",
        cache[2 * layer + 1] ?? "",
        lastPosition,
        totalLength,
        ...(rotary ? [tables.cos, tables.sin] : ["", ""]),
      ],
      [true, true, true],
      {
        num_heads: heads,
        kv_num_heads: keyValueHeads,
        do_rotary: rotary ? 1 : 0,
        ...(scale === 1 / Math.sqrt(headSize) ? {} : { scale: { float: scale } }),
        ...(window === null ? {} : { local_window_size: window }),
      },
    );
    grown.push(key, value);
    return b.op("Reshape", [context, b.int64([-1, heads * headSize])]);
  });
  return { hidden, cache: grown };
}
