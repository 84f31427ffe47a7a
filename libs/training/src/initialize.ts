import { stream } from "@touchstone/core";
import { parameterShapes } from "./config.ts";
import type { LlamaConfig, ModelKind } from "./config.ts";
import type { Tensor } from "./weights.ts";

/**
 * Fresh weights: linear maps and embeddings normal with standard deviation .02, those that write to the residual stream (o_proj,
 * down_proj) divided by √(2·layers) (GPT-2, Radford et al. 2019, §2.3), gains 1, biases and reward heads 0, likelihood.scale 1.
 * Drawn from the stream keyed by (seed, "initialize", tensor name): adding a tensor changes no other.
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
      const random = stream(seed, "initialize", name);
      for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    }
    weights.set(name, { shape, data });
  }
  return weights;
}
