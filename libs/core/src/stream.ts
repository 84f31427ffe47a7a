import { philox4x32 } from "./philox.ts";

/**
 * A source of randomness that depends on its key alone: the same key gives the same numbers whatever was drawn elsewhere
 * (law 2). Numbers can be read in order or by index.
 */
export interface Stream {
  /** The next uniform number in [0, 1), 53 bits. */
  uniform(): number;
  /** The next integer, uniform in 0 … n − 1. */
  integer(n: number): number;
  /** The next standard normal number (Box-Muller). */
  normal(): number;
  /** The next uniformly random ordering of 0 … n − 1. */
  permutation(n: number): Uint32Array;
  /** The uniform number at position `index`, in [0, 1) with 24 bits (exact in float32), independent of the calls above. */
  uniform32At(index: number): number;
  /** An independent stream for a part of this one's purpose. */
  child(...key: KeyPart[]): Stream;
}

export type KeyPart = string | number;

/** A stream keyed by, for example, (seed, purpose, problem, sample, step). Numbers in a key must be integers below 2^53. */
export function stream(...key: KeyPart[]): Stream {
  return new PhiloxStream(digest(new Uint32Array(4), key));
}

class PhiloxStream implements Stream {
  readonly #key: Uint32Array;
  readonly #block = new Uint32Array(4);
  readonly #lookup = new Uint32Array(4);
  #lookupAt = -1;
  #next = 0;
  #spare: number | undefined;

  constructor(key: Uint32Array) {
    this.#key = key;
  }

  uniform(): number {
    const half = this.#next % 2;
    // Sequential numbers live in counters whose third word is 1, indexed ones in those whose third word is 0.
    if (half === 0) this.#fill(this.#block, this.#next / 2, 1);
    this.#next++;
    const high = this.#block[half * 2]! >>> 5;
    const low = this.#block[half * 2 + 1]! >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`integer(n) needs a whole n >= 1, received ${n}`);
    return Math.floor(this.uniform() * n);
  }

  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
    return order;
  }

  uniform32At(index: number): number {
    const block = Math.floor(index / 4);
    if (block !== this.#lookupAt) {
      this.#fill(this.#lookup, block, 0);
      this.#lookupAt = block;
    }
    return (this.#lookup[index % 4]! >>> 8) / 0x1000000;
  }

  child(...key: KeyPart[]): Stream {
    return new PhiloxStream(digest(this.#key, key));
  }

  #fill(out: Uint32Array, block: number, lane: number): void {
    const key = this.#key;
    const high = Math.floor(block / 0x100000000);
    philox4x32(block >>> 0, high, lane, key[2]! ^ key[3]!, key[0]!, key[1]!, out, 0);
  }
}

/**
 * 128-bit digest of a key: length-prefixed UTF-8 parts absorbed word by word through Philox as a permutation. A number and
 * the string that spells it are different parts.
 */
function digest(start: Uint32Array, key: readonly KeyPart[]): Uint32Array {
  const state = Uint32Array.from(start);
  const absorb = (word: number, tag: number) =>
    philox4x32(state[0]! ^ word, state[1]!, state[2]!, state[3]! ^ tag, 0x2545f491, 0x4f6cdd1d, state, 0);
  for (const part of key) {
    if (typeof part === "number") {
      if (!Number.isSafeInteger(part)) throw new RangeError(`a stream's key takes whole numbers, received ${part}`);
      absorb(part >>> 0, 1);
      absorb(Math.floor(part / 0x100000000) >>> 0, 2);
      continue;
    }
    const bytes = new TextEncoder().encode(part);
    absorb(bytes.length, 3);
    for (let i = 0; i < bytes.length; i += 4) {
      absorb(bytes[i]! | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24), 4);
    }
  }
  absorb(key.length, 5);
  return state;
}
