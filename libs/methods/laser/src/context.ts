import type { Stream } from "@touchstone/core";

/** From prompt embeddings to contexts of the bandit. */
export interface ContextMap {
  /** Length of a context: the projection's dimension, plus 1. */
  readonly length: number;
  context(embedding: ArrayLike<number>): Float64Array;
}

/**
 * Contexts: the embedding, where asked for minus the mean of `embeddings`, times a random Gaussian matrix (Johnson and
 * Lindenstrauss; left out where the embedding is no longer than `dimension`), scaled to length 1, with a 1 appended. Ours: the
 * paper's contexts are whole hidden states, for which the bonus outweighs what a few hundred problems can teach.
 */
export function contextMap(
  embeddings: readonly ArrayLike<number>[],
  { dimension, centred }: { readonly dimension: number; readonly centred: boolean },
  random: Stream,
): ContextMap {
  const width = embeddings[0]?.length ?? 0;
  const centre = new Float64Array(width);
  if (centred) {
    for (const embedding of embeddings) {
      for (let i = 0; i < width; i++) centre[i]! += embedding[i]! / embeddings.length;
    }
  }
  const rows =
    width > dimension
      ? Array.from({ length: dimension }, () => Float64Array.from({ length: width }, () => random.normal()))
      : undefined;
  return {
    length: (rows ? dimension : width) + 1,
    context(embedding) {
      const shifted = Float64Array.from(embedding, (value, i) => value - centre[i]!);
      const projected = rows
        ? Float64Array.from(rows, (row) => row.reduce((sum, weight, i) => sum + weight * shifted[i]!, 0))
        : shifted;
      const norm = Math.hypot(...projected);
      return Float64Array.of(...projected.map((value) => (norm > 0 ? value / norm : 0)), 1);
    },
  };
}
