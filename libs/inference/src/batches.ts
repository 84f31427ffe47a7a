/** Sequences that run together, padded to the longest. */
export interface Batch {
  /** Positions in the given list. */
  readonly members: readonly number[];
  /** Padded length. */
  readonly length: number;
}

/**
 * Sorts sequences by length and cuts them into batches of at most `rows` members whose run needs at most `limit` bytes. Depends on the
 * list alone, not on how many workers there are. No batch is padded to fewer than `shortest` tokens.
 */
export function batchesByLength(
  lengths: readonly number[],
  {
    rows,
    bytes,
    limit,
    shortest,
  }: { rows: number; bytes: (rows: number, length: number) => number; limit: number; shortest: number },
): Batch[] {
  const order = lengths.map((_, i) => i).toSorted((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: Batch[] = [];
  for (let at = 0; at < order.length;) {
    const length = Math.max(lengths[order[at]!]!, shortest);
    let take = Math.min(rows, order.length - at);
    while (take > 1 && bytes(take, length) > limit) take = Math.ceil(take / 2);
    batches.push({ members: order.slice(at, at + take), length });
    at += take;
  }
  return batches;
}

/** Token sequences as one int64 tensor's data, [members, length], padded on the right with 0. */
export function padRight(sequences: readonly Int32Array[], length: number): BigInt64Array {
  const data = new BigInt64Array(sequences.length * length);
  for (const [row, tokens] of sequences.entries()) {
    for (let t = 0; t < tokens.length; t++) data[row * length + t] = BigInt(tokens[t]!);
  }
  return data;
}
