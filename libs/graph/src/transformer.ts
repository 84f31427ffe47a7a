import type { ModelConfig } from "./config.ts";
import { layerTensors, modelTensors } from "./model.ts";
import type { Model } from "./model.ts";
import type { GraphBuilder, Value } from "./onnx.ts";
import type { Emit, Target } from "./options.ts";
import { WeightEmitter } from "./weights.ts";

/** The residual stream: `sum`, and what the last block computed but nobody has added yet (the fused norm adds it in passing). */
export interface Residual {
  readonly sum: Value;
  readonly delta?: Value;
}

/** One decoder of the Llama family as nodes; activations are two-dimensional, [tokens, width], whatever the batch looks like. */
export class Transformer {
  readonly config: ModelConfig;
  readonly emit: Emit;
  readonly target: Target;
  readonly weights: WeightEmitter;
  /** Order of the merged projection's columns, see {@link Transformer.projection}. */
  readonly order: "grouped" | "stacked";
  /** Query heads per key/value head. */
  readonly group: number;

  constructor(
    root: GraphBuilder,
    model: Model,
    options: { readonly target: Target; readonly emit?: Emit },
    order: "grouped" | "stacked" = "grouped",
  ) {
    this.order = order;
    this.config = model.config;
    this.emit = options.emit ?? "fused";
    this.target = options.target;
    this.weights = new WeightEmitter(root, model);
    this.group = model.config.heads / model.config.keyValueHeads;
  }

  /** ids (any shape) → [tokens, width]. */
  embed(b: GraphBuilder, ids: Value): Residual {
    const rows = b.op("Gather", [this.weights.tensor(modelTensors.embedding), ids]);
    return { sum: b.op("Reshape", [rows, b.int64([-1, this.config.hiddenSize])]) };
  }

  /**
   * One decoder layer.
   * @param attend from the merged projection [tokens, KV · (g + 2) · Dh] (see {@link projection}) to the context [tokens, H · Dh]
   */
  layer(b: GraphBuilder, index: number, residual: Residual, attend: (projected: Value) => Value): Residual {
    const names = layerTensors(index);
    const attention = this.norm(b, residual, names.inputNorm);
    const context = attend(this.projection(b, index, attention.normed));
    const output = this.linear(b, context, names.output, this.config.outputBias);
    const mlp = this.norm(b, { sum: attention.sum, delta: output }, names.postNorm);
    const gate = this.linear(b, mlp.normed, names.gate, this.config.mlpBias);
    const up = this.linear(b, mlp.normed, names.up, this.config.mlpBias);
    const product = b.op("Mul", [this.#silu(b, gate), up]);
    return { sum: mlp.sum, delta: this.linear(b, product, names.down, this.config.mlpBias) };
  }

  /** Runs all layers and the final norm: [tokens, width]. */
  run(b: GraphBuilder, ids: Value, attend: (projected: Value, layer: number) => Value): Value {
    let residual = this.embed(b, ids);
    for (let layer = 0; layer < this.config.layers; layer++)
      residual = this.layer(b, layer, residual, (projected) => attend(projected, layer));
    return this.norm(b, residual, modelTensors.finalNorm).normed;
  }

  /** Language-model head: [tokens, width] → [tokens, V]. */
  head(b: GraphBuilder, hidden: Value): Value {
    const weight = this.config.tiedEmbeddings ? modelTensors.embedding : modelTensors.head;
    return b.op("Gemm", [hidden, this.weights.tensor(weight)], { transB: 1 });
  }

  norm(b: GraphBuilder, { sum, delta }: Residual, weight: string): { normed: Value; sum: Value } {
    const gamma = this.weights.tensor(weight);
    const epsilon = this.config.rmsNormEpsilon;
    if (this.emit === "fused" && delta !== undefined) {
      const [normed = "", , , total = ""] = b.contrib(
        "SkipSimplifiedLayerNormalization",
        [delta, sum, gamma],
        [true, false, false, true],
        { epsilon: { float: epsilon } },
      );
      return { normed, sum: total };
    }
    const total = delta === undefined ? sum : b.op("Add", [sum, delta]);
    return { normed: this.#rms(b, total, gamma), sum: total };
  }

  /** RMS norm over the last axis (Zhang and Sennrich 2019, equation 4). */
  #rms(b: GraphBuilder, input: Value, gamma: Value): Value {
    const epsilon = { float: this.config.rmsNormEpsilon };
    if (this.emit === "fused")
      return b.op("SimplifiedLayerNormalization", [input, gamma], { axis: -1, epsilon, stash_type: 1 });
    const square = b.op("ReduceMean", [b.op("Mul", [input, input]), b.int64([-1])]);
    const scale = b.op("Sqrt", [b.op("Add", [square, b.float(epsilon.float)])]);
    return b.op("Mul", [b.op("Div", [input, scale]), gamma]);
  }

  linear(b: GraphBuilder, input: Value, name: string, bias: boolean): Value {
    const inputs = [input, this.weights.tensor(`${name}.weight`)];
    if (bias) inputs.push(this.weights.tensor(`${name}.bias`));
    return b.op("Gemm", inputs, { transB: 1 });
  }

  /**
   * Query, key and value in one matrix product, [tokens, D] → [tokens, (H + 2 KV) · Dh], folded once when the session is created.
   *
   * `grouped`: for each key/value head its g query heads, its key and its value; with one position per row the rotation, the
   * transposition and the split then each take one node for all heads. The scale of the scores lies in the query's weights.
   * `stacked`: all queries, all keys, all values, unscaled, as GroupQueryAttention wants them.
   */
  projection(b: GraphBuilder, index: number, input: Value): Value {
    const names = layerTensors(index);
    const merged = (kind: "weight" | "bias", columns: readonly number[]) =>
      this.weights.derived(`qkv.${index}.${kind}`, (root) => {
        const [query, key, value] = [names.query, names.key, names.value].map((name) =>
          this.weights.tensor(`${name}.${kind}`),
        );
        return this.#merge(root, index, [query ?? "", key ?? "", value ?? ""], columns);
      });
    const inputs = [input, merged("weight", [this.config.hiddenSize])];
    if (this.config.attentionBias) inputs.push(merged("bias", []));
    const projected = b.op("Gemm", inputs, { transB: 1 });
    return this.config.queryKeyNorm ? this.#normHeads(b, index, projected) : projected;
  }

  /** What scores are multiplied by: 1/√Dh, times the attention factor of scaled rotary embeddings for query and for key. */
  scoreScale(index: number): number {
    const { headSize, ropeScaling, layerAttention } = this.config;
    const factor = "attentionFactor" in ropeScaling && layerAttention[index]?.rotary ? ropeScaling.attentionFactor : 1;
    return (1 / Math.sqrt(headSize)) * factor * factor;
  }

  /** Norms of query and key heads; `grouped`, the scale of the scores lies in the query's. */
  #normHeads(b: GraphBuilder, index: number, projected: Value): Value {
    const { heads, keyValueHeads, headSize } = this.config;
    const names = layerTensors(index);
    const grouped = this.order === "grouped";
    const ofQueries = this.weights.tensor(names.queryNorm);
    const queryNorm = grouped
      ? this.weights.derived(`q_norm.${index}`, (root) =>
          root.op("Mul", [ofQueries, root.float(this.scoreScale(index))]),
        )
      : ofQueries;
    const shape = grouped ? [0, keyValueHeads, this.group + 2, headSize] : [0, heads + 2 * keyValueHeads, headSize];
    const parts = grouped ? [this.group, 1, 1] : [heads, keyValueHeads, keyValueHeads];
    const byHead = b.op("Reshape", [projected, b.int64(shape)]);
    const [query = "", key = "", value = ""] = b.ops("Split", [byHead, b.int64(parts)], 3, { axis: -2 });
    const normed = [this.#rms(b, query, queryNorm), this.#rms(b, key, this.weights.tensor(names.keyNorm)), value];
    const width = (heads + 2 * keyValueHeads) * headSize;
    return b.op("Reshape", [b.op("Concat", normed, { axis: -2 }), b.int64([0, width])]);
  }

  #merge(
    root: GraphBuilder,
    index: number,
    [query, key, value]: [Value, Value, Value],
    columns: readonly number[],
  ): Value {
    if (this.order === "stacked") return root.op("Concat", [query, key, value], { axis: 0 });
    const { keyValueHeads, headSize } = this.config;
    const part = (matrix: Value, heads: number) =>
      root.op("Reshape", [matrix, root.int64([keyValueHeads, heads * headSize, ...columns])]);
    // A norm that follows would undo it.
    const scaled = this.config.queryKeyNorm ? query : root.op("Mul", [query, root.float(this.scoreScale(index))]);
    const byHead = root.op("Concat", [part(scaled, this.group), part(key, 1), part(value, 1)], { axis: 1 });
    return root.op("Reshape", [byHead, root.int64([keyValueHeads * (this.group + 2) * headSize, ...columns])]);
  }

  #silu(b: GraphBuilder, input: Value): Value {
    if (this.emit === "fused") return b.contrib("QuickGelu", [input], [true], { alpha: { float: 1 } })[0] ?? "";
    return b.op("Mul", [input, b.op("Sigmoid", [input])]);
  }
}
