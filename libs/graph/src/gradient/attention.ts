import type { layerTensors } from "../model.ts";
import type { Value } from "../onnx.ts";
import { linear } from "./linear.ts";
import type { Differentiable, Tape } from "./tape.ts";
import { rotaryTables } from "../rotary.ts";

/**
 * What every layer's attention shares. U distinct tokens; B windows of at most Q tokens that ask and at most S that answer them: the row up
 * to the last of those that ask. A token asks in one window, and may answer in many. KV key/value heads, each with g query heads of width
 * Dh.
 */
export interface AttentionFrame extends AttentionInputs {
  readonly cos: Value;
  readonly sin: Value;
  readonly negativeSin: Value;
  /** float32 [B, 1, Q · g, S]: 0 where a token may look, a very negative number where not. */
  readonly mask: Value;
  /** int64 [1] each: U, and B · Q. */
  readonly tokens: Value;
  readonly places: Value;
  /** int64 [5]: B, Q, KV, g, Dh. */
  readonly queryShape: Value;
  /** int64 [5]: B, KV, Q, g, Dh. */
  readonly queriesByHead: Value;
  /** int64 [4]: B, KV, Q · g, Dh. */
  readonly folded: Value;
  /** int64 [4]: B, S, KV, Dh. */
  readonly keyShape: Value;
}

export interface AttentionInputs {
  /** int64 [U, 1] */
  readonly positions: Value;
  /** int64 [B, Q]: which token asks at each place of a window, padded on the right with any. */
  readonly queries: Value;
  /** int64 [B, S]: the window's row from its beginning, padded on the right with any. */
  readonly keys: Value;
  /** int64 [U]: the place of each token among `queries` (flat). */
  readonly homes: Value;
}

/** Its exponential is exactly 0 in float32 beside any real score. */
const forbidden = -1e9;

export function attentionFrame(tape: Tape, given: AttentionInputs): AttentionFrame {
  const { builder: b, config } = tape;
  const { keyValueHeads, headSize, heads } = config;
  const group = heads / keyValueHeads;
  const size = (value: Value, axis: number) => b.op("Shape", [value], { start: axis, end: axis + 1 });
  const [windows, asking, length] = [size(given.queries, 0), size(given.queries, 1), size(given.keys, 1)];
  const join = (...parts: readonly (Value | number)[]) =>
    b.op(
      "Concat",
      parts.map((part) => (typeof part === "number" ? b.int64([part]) : part)),
      { axis: 0 },
    );
  const index = b.op("Range", [b.int64(0), b.op("Squeeze", [length]), b.int64(1)]);
  // [B, Q, 1] against [S]: what stands later in the row is not seen.
  const later = b.op("Greater", [index, b.op("Gather", [given.positions, given.queries])]);
  const square = b.op("Where", [later, b.float(forbidden), b.float(0)]);
  const repeated = b.op("Expand", [b.op("Unsqueeze", [square, b.int64([2])]), b.int64([1, 1, group, 1])]);
  const { cos, sin } = rotaryTables(b, tape, b.op("Squeeze", [length]));
  return {
    ...given,
    cos,
    sin,
    negativeSin: b.op("Neg", [sin]),
    mask: b.op("Reshape", [repeated, join(windows, 1, -1, length)]),
    tokens: b.op("Shape", [given.homes]),
    places: b.op("Mul", [windows, asking]),
    queryShape: join(windows, asking, keyValueHeads, group, headSize),
    queriesByHead: join(windows, keyValueHeads, asking, group, headSize),
    folded: join(windows, keyValueHeads, -1, headSize),
    keyShape: join(windows, length, keyValueHeads, headSize),
  };
}

/**
 * Causal self-attention with the residual: added + W_o attention(W_q x, W_k x, W_v x).
 * With P = softmax(s QKᵀ + mask), s = 1/√Dh, and O = P V:
 * dV = Pᵀ dO; dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O)); dQ = s dS K; dK = s dSᵀ Q.
 * Query heads of a group lie in the rows of their key/value head, so that the products over rows sum over the group.
 * @param input [U, D] @param added [U, D]
 * @returns pull: the gradient of the result → that of `input` (that of `added` is the result's own)
 */
export function attention(
  tape: Tape,
  frame: AttentionFrame,
  input: Value,
  names: ReturnType<typeof layerTensors>,
  added: Value,
): Differentiable {
  const { builder: b, config } = tape;
  const bias = config.attentionBias;
  const scale = 1 / Math.sqrt(config.headSize);
  const rank = 4;
  const projections = {
    query: linear(tape, input, names.query, { bias }),
    key: linear(tape, input, names.key, { bias }),
    value: linear(tape, input, names.value, { bias }),
  };
  const asked = b.op("Gather", [turn(tape, frame, projections.query.value, frame.sin), frame.queries]);
  const query = foldQueries(tape, frame, asked);
  const answering = (tokens: Value) => splitKeys(tape, frame, b.op("Gather", [tokens, frame.keys]));
  const key = answering(turn(tape, frame, projections.key.value, frame.sin));
  const value = answering(projections.value.value);
  const scores = b.op("Add", [tape.product(query, key, { transpose: "right", scale, rank }), frame.mask]);
  const weights = b.op("Softmax", [scores], { axis: -1 });
  const mixed = tape.product(weights, value, { rank });
  const read = (folded: Value) => b.op("Gather", [unfoldQueries(tape, frame, folded), frame.homes]);
  const output = linear(tape, read(mixed), names.output, { bias, added });
  return {
    value: output.value,
    pull: (gradient) => {
      const ofMixed = foldQueries(tape, frame, atHome(tape, frame, output.pull(gradient)));
      const ofValue = tape.product(weights, ofMixed, { transpose: "left", rank });
      const ofWeights = tape.product(ofMixed, value, { transpose: "right", rank });
      const mean = b.op("ReduceSum", [b.op("Mul", [ofMixed, mixed]), b.int64([-1])]);
      const ofScores = b.op("Mul", [weights, b.op("Sub", [ofWeights, mean])]);
      const ofQuery = tape.product(ofScores, key, { scale, rank });
      const ofKey = tape.product(ofScores, query, { transpose: "left", scale, rank });
      const back = (turned: Value) => turn(tape, frame, turned, frame.negativeSin);
      const fromValue = projections.value.pull(collect(tape, frame, joinKeys(tape, ofValue)));
      const fromKey = projections.key.pull(back(collect(tape, frame, joinKeys(tape, ofKey))), fromValue);
      return projections.query.pull(back(read(ofQuery)), fromKey);
    },
  };
}

/** Rotates [U, n · Dh] by the tokens' positions. Its transpose, which the backward pass needs, is the rotation by −sin. */
function turn({ builder: b }: Tape, frame: AttentionFrame, heads: Value, sin: Value): Value {
  const rows = b.op("Unsqueeze", [heads, b.int64([1])]);
  const turned = b.contrib("RotaryEmbedding", [rows, frame.positions, frame.cos, sin], [true]);
  return b.op("Squeeze", [turned[0] ?? "", b.int64([1])]);
}

/** The transpose of gathering keys: sums over the places [B · S, n] of each token [U, n]. What stands over padding is zero. */
function collect({ builder: b, config }: Tape, frame: AttentionFrame, places: Value): Value {
  const width = config.keyValueHeads * config.headSize;
  const shape = b.op("Concat", [frame.tokens, b.int64([width])], { axis: 0 });
  const index = b.op("Reshape", [frame.keys, b.int64([-1, 1])]);
  return b.op("ScatterND", [b.op("ConstantOfShape", [shape]), index, places], { reduction: "add" });
}

/** Of tokens [U, H · Dh] to the places where they ask, zero over padding: [B · Q, H · Dh]. */
function atHome({ builder: b, config }: Tape, frame: AttentionFrame, tokens: Value): Value {
  const shape = b.op("Concat", [frame.places, b.int64([config.heads * config.headSize])], { axis: 0 });
  return b.op("ScatterND", [b.op("ConstantOfShape", [shape]), b.op("Unsqueeze", [frame.homes, b.int64([1])]), tokens]);
}

/** [B, Q, H · Dh] → [B, KV, Q · g, Dh] */
function foldQueries({ builder: b }: Tape, frame: AttentionFrame, heads: Value): Value {
  const apart = b.op("Reshape", [heads, frame.queryShape]);
  return b.op("Reshape", [b.op("Transpose", [apart], { perm: [0, 2, 1, 3, 4] }), frame.folded]);
}

/** [B, KV, Q · g, Dh] → [B · Q, H · Dh] */
function unfoldQueries({ builder: b, config }: Tape, frame: AttentionFrame, folded: Value): Value {
  const apart = b.op("Transpose", [b.op("Reshape", [folded, frame.queriesByHead])], { perm: [0, 2, 1, 3, 4] });
  return b.op("Reshape", [apart, b.int64([-1, config.heads * config.headSize])]);
}

/** [B, S, KV · Dh] → [B, KV, S, Dh] */
function splitKeys({ builder: b }: Tape, frame: AttentionFrame, heads: Value): Value {
  return b.op("Transpose", [b.op("Reshape", [heads, frame.keyShape])], { perm: [0, 2, 1, 3] });
}

/** [B, KV, S, Dh] → [B · S, KV · Dh] */
function joinKeys({ builder: b, config }: Tape, byHead: Value): Value {
  const together = b.op("Transpose", [byHead], { perm: [0, 2, 1, 3] });
  return b.op("Reshape", [together, b.int64([-1, config.keyValueHeads * config.headSize])]);
}
