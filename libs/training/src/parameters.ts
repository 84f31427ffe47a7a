import { parameterShapes } from "./config.ts";
import type { LlamaConfig, ModelKind } from "./config.ts";
import type { Tensor, Weights } from "./weights.ts";

export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element and number of elements in the flat vector. */
  readonly offset: number;
  readonly size: number;
}

/** Where every tensor of a model lies in one flat vector, so that an optimizer sees a single array. */
export interface Layout {
  readonly slots: readonly Slot[];
  readonly size: number;
}

export function parameterLayout(config: LlamaConfig, kind: ModelKind): Layout {
  const slots: Slot[] = [];
  let offset = 0;
  for (const [name, shape] of parameterShapes(config, kind)) {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    slots.push({ name, shape, offset, size });
    offset += size;
  }
  return { slots, size: offset };
}

/** Copies named tensors into a flat vector; throws when one is missing, misshapen or unknown. */
export function flatten(layout: Layout, weights: Weights, target: Float32Array): void {
  for (const { name, shape, offset } of layout.slots) {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(`the weights lack ${name}`);
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(
        `${name} has shape [${tensor.shape.join(", ")}], the configuration asks for [${shape.join(", ")}]`,
      );
    }
    target.set(tensor.data, offset);
  }
}

/** Named copies of the tensors in a flat vector. */
export function unflatten(layout: Layout, flat: Float32Array): Map<string, Tensor> {
  return new Map(
    layout.slots.map(({ name, shape, offset, size }) => [
      name,
      { shape, data: Float32Array.from(flat.subarray(offset, offset + size)) },
    ]),
  );
}
