import type { ModelConfig } from "../config.ts";
import { expectedTensors } from "../model.ts";
import type { GraphBuilder, Value } from "../onnx.ts";
import type { Emit, Target } from "../options.ts";

/** A value and the map from the gradient with respect to it to the gradient with respect to what it was made of. */
export interface Differentiable {
  readonly value: Value;
  /** Adds the nodes of the backward pass, those for the parameters on the way included. */
  readonly pull: (gradient: Value) => Value;
}

/** What is gathered while a graph with a backward pass is written: the parameters, as inputs, and a gradient for each. */
export class Tape {
  readonly builder: GraphBuilder;
  readonly config: ModelConfig;
  readonly target: Target;
  readonly emit: Emit;
  /** By the parameter's name. */
  readonly gradients = new Map<string, Value>();

  constructor(
    builder: GraphBuilder,
    config: ModelConfig,
    options: { readonly target: Target; readonly emit?: Emit | undefined },
  ) {
    this.builder = builder;
    this.config = config;
    this.target = options.target;
    // FusedMatMul would run on the processor there, and the norm of that provider keeps no second output.
    this.emit = options.emit ?? (options.target === "webgpu" ? "primitive" : "fused");
    for (const [name, shape] of expectedTensors(config)) builder.input(name, "float", shape);
  }

  /**
   * left · right on the last two axes, times `scale`, either of them transposed first.
   * @param left, right of equal rank above two, with equal axes before the last two
   */
  product(
    left: Value,
    right: Value,
    options: { readonly transpose?: "left" | "right"; readonly scale?: number; readonly rank: number },
  ): Value {
    const { transpose, scale = 1, rank } = options;
    const b = this.builder;
    if (this.emit === "fused") {
      const attributes = {
        transA: transpose === "left" ? 1 : 0,
        transB: transpose === "right" ? 1 : 0,
        alpha: { float: scale },
      };
      return b.contrib("FusedMatMul", [left, right], [true], attributes)[0] ?? "";
    }
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    const perm = [...axes.slice(0, -2), rank - 1, rank - 2];
    const turned = (value: Value, side: "left" | "right") =>
      transpose === side ? b.op("Transpose", [value], { perm }) : value;
    const result = b.op("MatMul", [turned(left, "left"), turned(right, "right")]);
    return scale === 1 ? result : b.op("Mul", [result, b.float(scale)]);
  }
}
