import type { Similarity } from "@touchstone/core";
import { rouge1Pairs } from "@touchstone/stats";

/**
 * How alike the responses of one problem are, computed once per pair of different responses and kept until `clear`: subsets
 * overlap, and a selector asks for the same pairs again and again.
 */
export class Similarities {
  readonly #texts: readonly string[];
  readonly #answers: Int32Array;
  #rouge: ((i: number, j: number) => number) | undefined;

  constructor(texts: readonly string[], answers: Int32Array) {
    this.#texts = texts;
    this.#answers = answers;
  }

  /** Symmetric, in [0, 1]; see `Similarity`. */
  between(measure: Similarity): (i: number, j: number) => number {
    if (measure === "rouge-1") return (this.#rouge ??= keptRouge(this.#texts));
    const answers = this.#answers;
    return (i, j) => (i === j || (answers[i] === answers[j] && answers[i] !== -1) ? 1 : 0);
  }

  /** Gives the memory of a problem that is done with back. */
  clear(): void {
    this.#rouge = undefined;
  }
}

function keptRouge(texts: readonly string[]): (i: number, j: number) => number {
  // Equal responses are one row: a pool has many of them.
  const rows = new Map<string, number>();
  const rowOf = Uint32Array.from(texts, (text) => {
    const known = rows.get(text);
    if (known !== undefined) return known;
    rows.set(text, rows.size);
    return rows.size - 1;
  });
  const size = rows.size;
  const pairs = rouge1Pairs([...rows.keys()]);
  const kept = new Float64Array(size * size).fill(Number.NaN);
  return (i, j) => {
    const [a, b] = [rowOf[i]!, rowOf[j]!];
    const at = a < b ? a * size + b : b * size + a;
    const known = kept[at]!;
    if (!Number.isNaN(known)) return known;
    return (kept[at] = pairs(a, b));
  };
}
