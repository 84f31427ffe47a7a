import type { Model } from "./model.ts";
import type { ElementType, GraphBuilder, Value } from "./onnx.ts";
import type { WeightReference } from "./safetensors.ts";
import { TouchstoneError } from "@touchstone/core";

const elementTypeOf: Readonly<Record<WeightReference["dtype"], ElementType>> = {
  F32: "float",
  F16: "float16",
  BF16: "bfloat16",
};

/**
 * The weights of one model inside one graph: initializers whose bytes stay in the safetensors file. Half-precision weights are
 * followed by a `Cast`, merged projections by a `Concat`; both have constant inputs, so ONNX Runtime computes them once when the
 * session is created and keeps only the result.
 */
export class WeightEmitter {
  readonly #builder: GraphBuilder;
  readonly #model: Model;
  readonly #known = new Map<string, Value>();

  /** @param builder the main graph: weights must lie outside every loop */
  constructor(builder: GraphBuilder, model: Model) {
    this.#builder = builder;
    this.#model = model;
  }

  tensor(name: string): Value {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const reference = this.#model.weights.get(name);
    if (reference === undefined)
      throw new TouchstoneError({
        code: "invalid-weights",
        family: "input",
        what: `Tensor ${name} is missing from the weights.`,
        fix: "Check that config.json belongs to these weights, or download the model again.",
      });
    const type = elementTypeOf[reference.dtype];
    const stored = this.#builder.external(name, type, reference.shape, reference);
    const value = type === "float" ? stored : this.#builder.op("Cast", [stored], { to: 1 });
    this.#known.set(name, value);
    return value;
  }

  /** Something computed from weights alone, once per graph. */
  derived(name: string, compute: (builder: GraphBuilder) => Value): Value {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const value = compute(this.#builder);
    this.#known.set(name, value);
    return value;
  }
}
