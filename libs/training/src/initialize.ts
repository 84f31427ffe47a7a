import { parameterShapes } from "./config.ts";
import type { LlamaConfig, ModelKind } from "./config.ts";
import type { Tensor } from "./weights.ts";

/**
 * Fresh weights: linear maps and embeddings normal with standard deviation .02, those that write to the residual stream (o_proj,
 * down_proj) divided by √(2·layers) (GPT-2, Radford et al. 2019, §2.3), gains 1, biases and reward heads 0, likelihood.scale 1.
 * Keyed by (seed, tensor name): adding a tensor changes no other.
 */
export function initializeLlama(
  config: LlamaConfig,
  seed: number,
  kind: ModelKind = "language-model",
): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const [name, shape] of parameterShapes(config, kind)) {
    const data = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1));
    if (name.endsWith("norm.weight") || name === "likelihood.scale") data.fill(1);
    else if (!name.endsWith(".bias") && !name.startsWith("score.")) {
      const residual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
      const deviation = 0.02 / (residual ? Math.sqrt(2 * config.num_hidden_layers) : 1);
      fillNormal(data, deviation, seed, name);
    }
    weights.set(name, { shape, data });
  }
  return weights;
}

function fillNormal(data: Float32Array, deviation: number, seed: number, name: string): void {
  let state = seed >>> 0;
  for (const character of name) state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  // splitmix32 and Box-Muller.
  const uniform = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < data.length; i++) {
    data[i] = deviation * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  }
}
