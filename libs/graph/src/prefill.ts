import { causalAttention, causalFrame } from "./attention.ts";
import { keepsKeysTransposed } from "./decode.ts";
import type { KeyValue, PromptCache } from "./decode.ts";
import type { GraphBuilder, Value } from "./onnx.ts";
import type { RotaryTables } from "./rotary.ts";
import type { Transformer } from "./transformer.ts";
import { hasWindows } from "./window-mask.ts";

interface Frame {
  readonly heads: Value;
  readonly tables: RotaryTables;
}

/** What the decode loop starts from: the prompt's keys and values, and the logits after its last token, [1 or R, V]. */
export interface Prefill {
  readonly prompt: PromptCache;
  readonly logits: Value;
}

/** One prompt for all rows. @param promptIds int64 [S] */
export function prefillShared(b: GraphBuilder, transformer: Transformer, promptIds: Value, frame: Frame): Prefill {
  const { keyValueHeads } = transformer.config;
  const ids = b.op("Unsqueeze", [promptIds, b.int64([0])]);
  const only = (value: Value) => b.op("Squeeze", [value, b.int64([0])]);
  const { hidden, layers } = prefill(b, transformer, ids, frame, ({ key, value }) => ({
    key: b.op("Transpose", [only(key)], { perm: [0, 2, 1] }),
    value: only(value),
  }));
  const length = b.op("Shape", [promptIds]);
  const positions = () =>
    b.op("Unsqueeze", [b.op("Range", [b.int64(0), b.op("Squeeze", [length]), b.int64(1)]), b.int64([0])]);
  return {
    prompt: {
      kind: "shared",
      layers,
      ...(hasWindows(transformer.config) && { positions: positions() }),
      byRow: b.op("Concat", [b.int64([keyValueHeads, -1, transformer.group]), length], { axis: 0 }),
      byHead: b.op("Concat", [b.int64([keyValueHeads, -1]), length], { axis: 0 }),
    },
    logits: transformer.head(b, b.op("Gather", [hidden, b.int64([-1])])),
  };
}

/** One prompt per row. @param promptIds int64 [R, S], padded on the right @param lengths int64 [R] */
export function prefillSeparate(
  b: GraphBuilder,
  transformer: Transformer,
  promptIds: Value,
  lengths: Value,
  frame: Frame,
): Prefill {
  const { hidden, layers } = prefill(b, transformer, promptIds, frame, ({ key, value }) => ({
    key: b.op("Transpose", [key], { perm: keepsKeysTransposed(transformer) ? [1, 0, 3, 2] : [1, 0, 2, 3] }),
    value: b.op("Transpose", [value], { perm: [1, 0, 2, 3] }),
  }));
  const longest = b.op("Shape", [promptIds], { start: 1 });
  const index = b.op("Range", [b.int64(0), b.op("Squeeze", [longest]), b.int64(1)]);
  const column = b.op("Unsqueeze", [lengths, b.int64([1])]);
  const padding = b.op("Where", [b.op("GreaterOrEqual", [index, column]), b.float(-1e9), b.float(0)]);
  const rows = b.op("Range", [b.int64(0), b.op("Squeeze", [b.op("Shape", [lengths])]), b.int64(1)]);
  const last = b.op("Sub", [b.op("Add", [b.op("Mul", [rows, longest]), lengths]), b.int64(1)]);
  return {
    prompt: {
      kind: "separate",
      layers,
      mask: b.op("Unsqueeze", [padding, b.int64([0, 2])]),
      // Of padding they mean nothing, which its mask says.
      ...(hasWindows(transformer.config) && { positions: b.op("Expand", [index, b.op("Shape", [promptIds])]) }),
    },
    logits: transformer.head(b, b.op("Gather", [hidden, last])),
  };
}

/** ids [B, S] → hidden [B · S, D], and what `keep` makes of each layer's keys and values [B, KV, S, Dh]. */
function prefill(
  b: GraphBuilder,
  transformer: Transformer,
  ids: Value,
  { heads, tables }: Frame,
  keep: (cache: KeyValue) => KeyValue,
): { hidden: Value; layers: KeyValue[] } {
  const frame = causalFrame(b, transformer, ids, heads, tables);
  const layers: KeyValue[] = [];
  const hidden = transformer.run(b, ids, (projected, layer) => {
    const { context, key, value } = causalAttention(b, transformer, frame, projected, layer);
    layers.push(keep({ key, value }));
    return context;
  });
  return { hidden, layers };
}
