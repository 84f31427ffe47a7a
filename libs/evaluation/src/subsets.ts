import { stream } from "@touchstone/core";

/** Whole orderings of a seed's problems, each made once: every procedure at every budget draws in the same ones. */
export class Orderings {
  readonly #key: { readonly seed: number; readonly dataset: string };
  readonly #kept = new Map<string, Uint32Array>();

  constructor(key: { readonly seed: number; readonly dataset: string }) {
    this.#key = key;
  }

  of(problem: string, replicate: number, size: number): Uint32Array {
    const name = `${replicate} ${size} ${problem}`;
    const known = this.#kept.get(name);
    if (known) return known;
    const ordering = new Uint32Array(size);
    orderingOf({ ...this.#key, problem }, replicate, size, size, ordering);
    this.#kept.set(name, ordering);
    return ordering;
  }
}

/**
 * The first `length` entries of replicate `replicate`'s ordering of a pool of `size` samples, written to `out`. Replicate 0
 * is the pool in order; the others are random orderings keyed by (seed, dataset, problem, replicate) alone, so every method,
 * reward model and budget decides on the same subsets: the subset of size n is the first n entries, and subsets are nested.
 */
export function orderingOf(
  key: { readonly seed: number; readonly dataset: string; readonly problem: string },
  replicate: number,
  size: number,
  length: number,
  out: Uint32Array,
): void {
  for (let i = 0; i < size; i++) out[i] = i;
  if (replicate === 0) return;
  const random = stream(key.seed, "subsets", key.dataset, key.problem, replicate);
  // Fisher-Yates from the front: stopping early leaves the first entries of a uniformly random permutation.
  for (let i = 0; i < Math.min(length, size - 1); i++) {
    const j = i + random.integer(size - i);
    const swapped = out[i]!;
    out[i] = out[j]!;
    out[j] = swapped;
  }
}
