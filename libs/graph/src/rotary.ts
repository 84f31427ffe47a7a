import type { GraphBuilder, Value } from "./onnx.ts";
import { rotaryAngles } from "./rotary-frequencies.ts";
import type { Transformer } from "./transformer.ts";

/** Cosine and sine tables [positions, Dh/2] of the rotary embedding (Su et al. 2021, "RoFormer", eq. 34; halves rotated as in Llama). */
export interface RotaryTables {
  readonly cos: Value;
  readonly sin: Value;
}

/** Tables for positions 0 … count − 1. @param count int64 scalar */
export function rotaryTables(
  b: GraphBuilder,
  transformer: Pick<Transformer, "config" | "target">,
  count: Value,
): RotaryTables {
  const positions = b.op("Range", [b.int64(0), count, b.int64(1)]);
  const column = b.op("Unsqueeze", [b.op("Cast", [positions], { to: 1 }), b.int64([1])]);
  const angles = rotaryAngles(b, transformer.config, column);
  if (transformer.target !== "webgpu") return { cos: b.op("Cos", [angles]), sin: b.op("Sin", [angles]) };
  // WebGPU promises sines to 2⁻¹¹ only, and worse for large angles. It has no float64, so these run on the processor.
  const exact = b.op("Cast", [angles], { to: 11 });
  const sine = (angle: Value) => b.op("Cast", [b.op("Sin", [angle])], { to: 1 });
  const quarter = b.op("Cast", [b.float(Math.PI / 2)], { to: 11 });
  return { cos: sine(b.op("Add", [exact, quarter])), sin: sine(exact) };
}

/**
 * Which positions the g + 2 heads of a key/value group turn by: 1 for its queries and its key, 0 for its value, which must not
 * turn (position 0 is the identity). Multiplied by the tokens' positions [tokens, 1] it gives what {@link rotate} needs.
 */
export function turningHeads(b: GraphBuilder, transformer: Transformer): Value {
  return b.int64([...Array.from({ length: transformer.group + 1 }, () => 1), 0]);
}

/**
 * Turns queries and keys, and leaves values alone; leaves all of them in a layer that knows no positions.
 * @param heads [tokens, KV, g + 2, Dh]
 * @param positions int64 [tokens, g + 2]
 */
export function rotate(
  b: GraphBuilder,
  transformer: Transformer,
  tables: RotaryTables,
  heads: Value,
  positions: Value,
  layer: number,
): Value {
  if (transformer.config.layerAttention[layer]?.rotary === false) return heads;
  if (transformer.emit === "fused")
    return b.contrib("RotaryEmbedding", [heads, positions, tables.cos, tables.sin], [true])[0] ?? "";
  return rotateHalves(b, transformer, heads, {
    cos: b.op("Unsqueeze", [b.op("Gather", [tables.cos, positions]), b.int64([1])]),
    sin: b.op("Unsqueeze", [b.op("Gather", [tables.sin, positions]), b.int64([1])]),
  });
}

/** (x₁, x₂) → (x₁ cos − x₂ sin, x₂ cos + x₁ sin) on the halves of the last axis; the tables must broadcast to a half. */
export function rotateHalves(b: GraphBuilder, transformer: Transformer, input: Value, tables: RotaryTables): Value {
  const half = transformer.config.headSize / 2;
  const [first = "", second = ""] = b.ops("Split", [input, b.int64([half, half])], 2, { axis: -1 });
  const times = (left: Value, right: Value) => b.op("Mul", [left, right]);
  return b.op(
    "Concat",
    [
      b.op("Sub", [times(first, tables.cos), times(second, tables.sin)]),
      b.op("Add", [times(second, tables.cos), times(first, tables.sin)]),
    ],
    { axis: -1 },
  );
}
