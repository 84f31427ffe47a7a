import type { GradientJob, GradientSetup } from "./gradient-pool.ts";
import { loadJax } from "./jax.ts";
import type { Array, Jax } from "./jax.ts";
import type { Parameters } from "./llama.ts";
import { losses } from "./losses.ts";
import type { Inputs } from "./losses.ts";
import { parameterLayout } from "./parameters.ts";

/** Data of one input: int32 or float32, row-major. */
export interface InputData {
  readonly shape: readonly number[];
  readonly data: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
}

/**
 * A function that reads the parameters from shared memory, writes the gradient of one shard beside them and returns its loss.
 * Frozen tensors are passed apart from those that train, so that no gradient is computed for them.
 */
export async function gradientFunction(setup: GradientSetup): Promise<(job: GradientJob) => Promise<number>> {
  const jax = await loadJax();
  const { config, kind, trainable } = setup;
  const { slots } = parameterLayout(config, kind);
  const parameters = new Float32Array(setup.parameters);
  const gradients = setup.gradients.map((buffer) => new Float32Array(buffer));
  const loss = losses[setup.loss];
  const trains = new Set(trainable);

  const compiled = jax.jit(
    jax.valueAndGrad((moving: Parameters, frozen: Parameters, inputs: Inputs): Array => {
      const value = loss(jax, config, { ...moving, ...frozen }, inputs);
      jax.tree.dispose(moving);
      jax.tree.dispose(frozen);
      return value;
    }),
  );

  return async ({ shard, inputs }) => {
    const moving: Record<string, Array> = {};
    const frozen: Record<string, Array> = {};
    for (const { name, shape, offset, size } of slots) {
      // A copy: jax-js wants memory of its own, and shared memory changes under it.
      const values = Float32Array.from(parameters.subarray(offset, offset + size));
      (trains.has(name) ? moving : frozen)[name] = jax.np.array(values).reshape([...shape]);
    }
    const [value, gradient] = compiled(moving, frozen, upload(jax, inputs));
    // Reading every result each step also keeps memory flat: nothing stays queued.
    const target = gradients[shard]!;
    for (const { name, offset } of slots) {
      const part = gradient[name];
      if (part !== undefined) target.set((await part.data()) as Float32Array, offset);
    }
    return (await value.data())[0]!;
  };
}

/** Copies inputs to jax-js, with the element type said: numbers alone would be taken as float32. */
export function upload(jax: Jax, inputs: Readonly<Record<string, InputData>>): Record<string, Array> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, data }]) => {
      const dtype = data instanceof Int32Array ? jax.np.int32 : jax.np.float32;
      return [name, jax.np.array(data, { dtype }).reshape([...shape])];
    }),
  );
}
