import { stream } from "@touchstone/core";
import { initializeLlama, type LlamaConfig, type Tensor, type Weights } from "@touchstone/training";

/** Standard deviation of fresh weights in `initializeLlama`, before its own scaling of the residual branches. */
const LIBRARY_DEVIATION = 0.02;
const EMBEDDING_DEVIATION = 0.05;

/**
 * Fresh weights with deviation 1/√(inputs) instead of the library's .02, which suits models several times as wide: at width
 * 128 attention then starts out flat, and the run needs 2.3 times the steps to the same loss (docs/log.md).
 */
export function initialWeights(config: LlamaConfig, seed: number): Weights {
  return new Map([...initializeLlama(config, seed)].map(([name, tensor]) => [name, rescaled(name, tensor)]));
}

function rescaled(name: string, { shape, data }: Tensor): Tensor {
  const [, inputs] = shape;
  // Gains are vectors and stay 1.
  if (inputs === undefined) return { shape, data };
  const deviation = name.includes("embed_tokens") ? EMBEDDING_DEVIATION : 1 / Math.sqrt(inputs);
  return { shape, data: data.map((value) => (value * deviation) / LIBRARY_DEVIATION) };
}

/**
 * The weights with value and output maps that undo each other in every layer, up to `strength`: with R a random rotation, V = R and
 * O = strength·Rᵀ, so that what a head attends to is passed on as it is, and copying needs nothing but attention (after "Mimetic
 * Initialization of Self-Attention Layers", Trockman and Kolter 2023; sign and strength ours). For as many keys and values as queries.
 */
export function passingOn(weights: Weights, config: LlamaConfig, seed: number, strength: number): Weights {
  const width = config.hidden_size;
  const changed = new Map(weights);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const rotation = randomRotation(width, seed, layer);
    const attention = `model.layers.${layer}.self_attn`;
    changed.set(`${attention}.v_proj.weight`, { shape: [width, width], data: Float32Array.from(rotation.flat()) });
    const back = Float32Array.from(
      { length: width * width },
      (_, at) => strength * rotation[at % width]![Math.floor(at / width)]!,
    );
    changed.set(`${attention}.o_proj.weight`, { shape: [width, width], data: back });
  }
  return changed;
}

/** Rows of a uniformly random orthogonal matrix: normal rows, made orthogonal one after another. */
function randomRotation(width: number, seed: number, layer: number): number[][] {
  const random = stream(seed, "rotation", layer);
  const rows: number[][] = [];
  for (let index = 0; index < width; index++) {
    const row = Array.from({ length: width }, () => random.normal());
    for (const other of rows) {
      const shared = row.reduce((sum, value, at) => sum + value * other[at]!, 0);
      for (const [at, value] of other.entries()) row[at]! -= shared * value;
    }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return rows;
}
