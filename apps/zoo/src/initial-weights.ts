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
