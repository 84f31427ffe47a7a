import { TouchstoneError } from "@touchstone/core";
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

/**
 * Copies named tensors into a flat vector; tensors that the layout does not name are left out.
 * @throws TouchstoneError `invalid-weights` when one is missing or has another shape than the configuration asks for
 */
export function flatten(layout: Layout, weights: Weights, target: Float32Array): void {
  for (const { name, shape, offset } of layout.slots) {
    const tensor = weights.get(name);
    if (tensor?.shape.join() !== shape.join()) throw invalidWeights(name, shape, tensor?.shape);
    target.set(tensor!.data, offset);
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

function invalidWeights(
  name: string,
  wanted: readonly number[],
  shape: readonly number[] | undefined,
): TouchstoneError {
  return new TouchstoneError({
    code: "invalid-weights",
    family: "input",
    what:
      shape === undefined
        ? `Tensor ${name} [${wanted.join(", ")}] is missing from the weights.`
        : `Tensor ${name} should have the shape [${wanted.join(", ")}] by the configuration.`,
    value: shape,
    fix: "Use weights and a configuration that belong together; a checkpoint folder belongs to one configuration.",
  });
}
