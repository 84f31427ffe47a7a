import { initializeLlama, type Tensor, type Weights } from "@touchstone/training";
import { ARITH_CONFIG } from "./model.ts";
import { WORLD_SEED } from "./world.ts";

/** Standard deviation of fresh weights in `initializeLlama`, before its own scaling of the residual branches. */
const LIBRARY_DEVIATION = 0.02;
const EMBEDDING_DEVIATION = 0.05;

/**
 * Fresh weights with deviation 1/√(inputs) instead of the library's .02, which suits models several times as wide: at width
 * 128 attention then starts out flat, and the run needs 2.3 times the steps to the same loss (docs/log.md).
 */
export function initialWeights(): Weights {
  return new Map(
    [...initializeLlama(ARITH_CONFIG, WORLD_SEED)].map(([name, tensor]) => [name, rescaled(name, tensor)]),
  );
}

function rescaled(name: string, { shape, data }: Tensor): Tensor {
  const [, inputs] = shape;
  // Gains are vectors and stay 1.
  if (inputs === undefined) return { shape, data };
  const deviation = name.includes("embed_tokens") ? EMBEDDING_DEVIATION : 1 / Math.sqrt(inputs);
  return { shape, data: data.map((value) => (value * deviation) / LIBRARY_DEVIATION) };
}
