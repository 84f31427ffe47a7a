import { NOWHERE } from "./prefixes.ts";
import type { Kept, Past, Tensors } from "./protocol.ts";

/** A worker's keys and values, at the places that the program names; which tokens they are of, the program knows. */
export class KeptNumbers {
  #numbers = new Float32Array();
  /** What the last run handed out and nobody has asked to keep yet. */
  #last: { readonly read: Block; readonly drawn: Block; readonly width: number } | undefined;

  clear(): void {
    this.#numbers = new Float32Array();
    this.#last = undefined;
  }

  /** The inputs `past` and `past_lengths` of a run. */
  inputs({ width, rows }: Past): Tensors {
    const longest = Math.max(...rows.map(({ length }) => length));
    const data = new Float32Array(rows.length * longest * width);
    for (const [row, places] of rows.entries()) {
      for (const { from, to, count } of stretches(places)) {
        const numbers = this.#numbers.subarray(from * width, (from + count) * width);
        data.set(numbers, (row * longest + to) * width);
      }
    }
    return {
      past: { type: "float32", data, dims: [rows.length, longest, width] },
      past_lengths: {
        type: "int64",
        data: BigInt64Array.from(rows, ({ length }) => BigInt(length)),
        dims: [rows.length],
      },
    };
  }

  /** Takes what must not leave the process from a run's outputs. */
  hold({ read_cache: read, drawn_cache: drawn, ...outputs }: Tensors, { width, capacity }: Past): Tensors {
    // Memory that is never written is never taken.
    if (this.#numbers.length === 0) this.#numbers = new Float32Array(capacity * width);
    this.#last = { read: read as Block, drawn: drawn as Block, width };
    return outputs;
  }

  /** Keeps numbers of the last run. */
  keep(rows: readonly Kept[]): void {
    if (this.#last === undefined) return;
    const { read, drawn, width } = this.#last;
    const [prompts = 0, longest = 0] = read.dims;
    const [, count = 0, interval = 0] = drawn.dims;
    const copy = (from: Block, token: number, place: number) => {
      if (place === NOWHERE) return;
      this.#numbers.set(from.data.subarray(token * width, (token + 1) * width), place * width);
    };
    for (const [row, places] of rows.entries()) {
      // Rows that share a prompt have read it once.
      const prompt = prompts === 1 ? 0 : row;
      for (const [t, place] of places.read.entries()) copy(read, prompt * longest + t, place);
      for (const [t, place] of places.drawn.entries()) {
        copy(drawn, (Math.floor(t / interval) * count + row) * interval + (t % interval), place);
      }
    }
    this.#last = undefined;
  }
}

interface Block {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Runs of neighbouring places. */
function* stretches(places: Int32Array): Generator<{ from: number; to: number; count: number }> {
  for (let to = 0; to < places.length;) {
    const from = places[to]!;
    let count = 1;
    while (to + count < places.length && places[to + count] === from + count) count++;
    yield { from, to, count };
    to += count;
  }
}
