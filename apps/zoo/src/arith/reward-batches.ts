import type { RewardBatch } from "@touchstone/training";
import { batchOf, bucketOf, BUCKETS, sequence, type Sequence } from "./batches.ts";
import type { LabelledRow } from "./reward-rows.ts";
import { worldStream } from "./world.ts";

/** A labelled row as token ids. */
interface Encoded extends Sequence {
  readonly label: 0 | 1;
}

/**
 * Cuts `samples` of the rows into batches of one length class each, in an order keyed by `purpose`; the last, incomplete batch of a class is
 * dropped, and so are rows that fit no class.
 */
export function rewardBatches(
  rows: readonly LabelledRow[],
  purpose: string,
  samples = rows.length,
): (() => RewardBatch)[] {
  const classes = BUCKETS.map((): Encoded[] => []);
  for (const index of worldStream("reward-order", purpose).permutation(rows.length).subarray(0, samples)) {
    const row = rows[index];
    if (!row) continue;
    const line = sequence(row.prompt, row.response);
    classes[bucketOf(line.ids.length)]?.push({ ...line, label: row.label });
  }
  const batches = classes.flatMap((members, bucket) => {
    const { rows: size, length } = BUCKETS[bucket] ?? BUCKETS[0];
    return Array.from({ length: Math.floor(members.length / size) }, (_, at) => {
      const part = members.slice(at * size, (at + 1) * size);
      return () => rewardBatch(part, length);
    });
  });
  const order = worldStream("reward-order", purpose, "batches").permutation(batches.length);
  return [...order].flatMap((index) => batches[index] ?? []);
}

function rewardBatch(rows: readonly Encoded[], length: number): RewardBatch {
  return {
    rows: rows.length,
    length,
    tokens: batchOf(rows, length).tokens,
    starts: Int32Array.from(rows, ({ promptLength }) => promptLength),
    ends: Int32Array.from(rows, ({ ids }) => ids.length),
    labels: Float32Array.from(rows, ({ label }) => label),
  };
}
