import type { Stream } from "@touchstone/core";
import { SPECIAL } from "./word-tokenizer.ts";

export interface Sequence {
  readonly ids: readonly number[];
  /** Tokens of the templated prompt, the marker before the response included. */
  readonly promptLength: number;
}

/** Chat template, response, end: the ids that a tokenizer's own template gives, for a vocabulary and its ids of plain text. */
export function sequenceMaker(
  vocabulary: readonly string[],
  encode: (text: string) => readonly number[],
): (prompt: string, response: string) => Sequence {
  const [bos, eos, assistant] = [SPECIAL.bos, SPECIAL.eos, SPECIAL.assistant].map((token) => vocabulary.indexOf(token));
  return (prompt, response) => {
    const head = [bos!, ...encode(prompt), assistant!];
    return { ids: [...head, ...encode(response), eos!], promptLength: head.length };
  };
}

/** Token ids padded on the right to one shape. */
export function padded(rows: readonly { readonly ids: readonly number[] }[], length: number, pad: number): Int32Array {
  const ids = new Int32Array(rows.length * length).fill(pad);
  for (const [row, line] of rows.entries()) ids.set(line.ids, row * length);
  return ids;
}

/** A class of lengths: rows of at most `length` tokens and longer than the class before are padded to it, `rows` of them a batch. */
export interface LengthClass {
  readonly length: number;
  readonly rows: number;
}

/** A class of which `share` of all sequences are. */
interface Bucket extends LengthClass {
  readonly share: number;
}

/** The class of a batch. It is drawn in proportion to the batches it needs, not the sequences it holds. */
export function drawBucket(buckets: readonly Bucket[], random: Stream): Bucket {
  const needed = buckets.map(({ share, rows }) => share / rows);
  let rest = random.uniform() * needed.reduce((sum, value) => sum + value, 0);
  return buckets[needed.findIndex((value) => (rest -= value) < 0)] ?? buckets[0]!;
}
