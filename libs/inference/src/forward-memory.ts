import type { ModelConfig } from "@touchstone/graph";

/**
 * Upper estimate of the bytes of a forward pass over `rows` × `length` positions, float32: activations of one layer (residual, normed, q, k, v,
 * attention output, gate and up), attention scores and mask, and, where logits are made, three tensors over the vocabulary.
 */
export function forwardMemory(config: ModelConfig, rows: number, length: number, logits: boolean): number {
  const { hiddenSize, intermediateSize, heads, vocabularySize } = config;
  const perPosition = 8 * hiddenSize + 3 * intermediateSize + 2 * heads * length + (logits ? 3 * vocabularySize : 0);
  return 4 * rows * length * perPosition;
}
