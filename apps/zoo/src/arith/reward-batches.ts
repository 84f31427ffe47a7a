import type { RewardBatch } from "@touchstone/training";
import { cutBatches } from "../reward-batches.ts";
import { SPECIAL } from "../word-tokenizer.ts";
import { BUCKETS, sequence } from "./batches.ts";
import type { LabelledRow } from "./reward-rows.ts";
import { vocabulary } from "./tokenizer.ts";
import { worldStream } from "./world.ts";

/** Batches of `samples` of the rows, in an order keyed by `purpose`. */
export function rewardBatches(
  rows: readonly LabelledRow[],
  purpose: string,
  samples = rows.length,
): (() => RewardBatch)[] {
  const chosen = worldStream("reward-order", purpose).permutation(rows.length).subarray(0, samples);
  const lines = [...chosen].flatMap((index) => {
    const row = rows[index];
    return row ? [{ ...sequence(row.prompt, row.response), label: row.label }] : [];
  });
  return cutBatches(lines, BUCKETS, vocabulary().indexOf(SPECIAL.pad), worldStream("reward-order", purpose, "batches"));
}
