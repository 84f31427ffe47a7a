import { checkWeights } from "./model.ts";
import type { Model } from "./model.ts";
import { GraphBuilder } from "./onnx.ts";
import { rotaryAngles } from "./rotary-frequencies.ts";
import { rotateHalves } from "./rotary.ts";
import { Transformer } from "./transformer.ts";
import { windowMask, windowsOf } from "./window-mask.ts";

/**
 * The layout that transformers.js and optimum run, in plain ONNX: `input_ids` int64 [B, L], `attention_mask` int64 [B, P + L],
 * `position_ids` int64 [B, L], `past_key_values.N.key|value` float32 [B, KV, P, Dh] → `logits` float32 [B, L, V],
 * `present.N.key|value` [B, KV, P + L, Dh].
 * @throws TouchstoneError `invalid-weights`
 */
export function buildStandardGraph(model: Model): Uint8Array {
  checkWeights(model);
  const b = new GraphBuilder();
  const { config } = model;
  const transformer = new Transformer(b, model, { target: "cpu", emit: "primitive" });
  const ids = b.input("input_ids", "int64", ["batch_size", "sequence_length"]);
  const attentionMask = b.input("attention_mask", "int64", ["batch_size", "total_sequence_length"]);
  const positionIds = b.input("position_ids", "int64", ["batch_size", "sequence_length"]);
  const cacheShape = (length: string) => ["batch_size", config.keyValueHeads, length, config.headSize];
  const past = Array.from({ length: config.layers }, (_, layer) => ({
    key: b.input(`past_key_values.${layer}.key`, "float", cacheShape("past_sequence_length")),
    value: b.input(`past_key_values.${layer}.value`, "float", cacheShape("past_sequence_length")),
  }));

  const { group } = transformer;
  const batch = b.op("Shape", [ids], { start: 0, end: 1 });
  const length = b.op("Shape", [ids], { start: 1, end: 2 });
  const total = b.op("Shape", [attentionMask], { start: 1, end: 2 });
  const positions = b.op("Unsqueeze", [b.op("Cast", [positionIds], { to: 1 }), b.int64([1, 3])]);
  const angles = rotaryAngles(b, config, positions);
  const tables = { cos: b.op("Cos", [angles]), sin: b.op("Sin", [angles]) };

  // A token looks at what the attention mask allows and at nothing after it.
  const keys = b.op("Range", [b.int64(0), b.op("Squeeze", [total]), b.int64(1)]);
  const queries = b.op("Slice", [keys, b.op("Sub", [total, length]), total]);
  const asking = b.op("Unsqueeze", [queries, b.int64([1])]);
  const causal = b.op("LessOrEqual", [keys, asking]);
  const real = b.op("Greater", [b.op("Unsqueeze", [attentionMask, b.int64([1])]), b.int64(0)]);
  const square = b.op("Where", [b.op("And", [causal, real]), b.float(0), b.float(-1e9)]);
  const masks = new Map(
    [...windowsOf(config)].map((window) => {
      const seen = window === null ? square : b.op("Add", [square, windowMask(b, asking, keys, window)]);
      return [window, b.op("Unsqueeze", [seen, b.int64([1, 2])])] as const;
    }),
  );

  const splitShape = b.op("Concat", [batch, length, b.int64([config.keyValueHeads, group + 2, config.headSize])], {
    axis: 0,
  });
  const flatShape = b.int64([-1, config.heads * config.headSize]);
  const hidden = transformer.run(b, ids, (projected, layer) => {
    const heads = b.op("Transpose", [b.op("Reshape", [projected, splitShape])], { perm: [0, 2, 3, 1, 4] });
    const [queryPart = "", keyPart = "", valuePart = ""] = b.ops("Split", [heads, b.int64([group, 1, 1])], 3, {
      axis: 2,
    });
    const flatten = (value: string) => b.op("Squeeze", [value, b.int64([2])]);
    const { rotary, window } = config.layerAttention[layer] ?? { rotary: true, window: null };
    const turnedQuery = rotary ? rotateHalves(b, transformer, queryPart, unsqueezed(b, tables)) : queryPart;
    const turnedKey = rotary ? rotateHalves(b, transformer, flatten(keyPart), tables) : flatten(keyPart);
    const old = past[layer] ?? { key: "", value: "" };
    const key = b.op("Concat", [old.key, turnedKey], { axis: 2 });
    const value = b.op("Concat", [old.value, flatten(valuePart)], { axis: 2 });
    b.output(`present.${layer}.key`, key, "float", cacheShape("total_sequence_length"));
    b.output(`present.${layer}.value`, value, "float", cacheShape("total_sequence_length"));
    const grouped = (tensor: string) => b.op("Unsqueeze", [tensor, b.int64([2])]);
    const scores = b.op("MatMul", [turnedQuery, b.op("Transpose", [grouped(key)], { perm: [0, 1, 2, 4, 3] })]);
    const weights = b.op("Softmax", [b.op("Add", [scores, masks.get(window) ?? ""])], { axis: -1 });
    const mixed = b.op("MatMul", [weights, grouped(value)]);
    return b.op("Reshape", [b.op("Transpose", [mixed], { perm: [0, 3, 1, 2, 4] }), flatShape]);
  });
  const shape = b.op("Concat", [batch, length, b.int64([config.vocabularySize])], { axis: 0 });
  b.output("logits", b.op("Reshape", [transformer.head(b, hidden), shape]), "float", [
    "batch_size",
    "sequence_length",
    config.vocabularySize,
  ]);
  return b.toBytes("standard");
}

function unsqueezed(b: GraphBuilder, tables: { readonly cos: string; readonly sin: string }) {
  const axis = b.int64([2]);
  return { cos: b.op("Unsqueeze", [tables.cos, axis]), sin: b.op("Unsqueeze", [tables.sin, axis]) };
}
