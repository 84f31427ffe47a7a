import type { Stream } from "@touchstone/core";
import type { RewardBatch } from "@touchstone/training";
import { padded, type LengthClass, type Sequence } from "./sequence.ts";

/** A prompt with a response as token ids, and how good the response is called, 0 to 1. */
export interface LabelledSequence extends Sequence {
  readonly label: number;
}

/**
 * Cuts the lines into batches of one length class each, in an order that `random` draws; the last, incomplete batch of a class is
 * dropped, and so are lines that fit no class.
 */
export function cutBatches(
  lines: readonly LabelledSequence[],
  classes: readonly LengthClass[],
  pad: number,
  random: Stream,
): (() => RewardBatch)[] {
  const members = classes.map((): LabelledSequence[] => []);
  for (const line of lines) members[classes.findIndex(({ length }) => line.ids.length <= length)]?.push(line);
  const batches = classes.flatMap(({ rows, length }, at) =>
    Array.from({ length: Math.floor((members[at]?.length ?? 0) / rows) }, (_, index) => {
      const part = members[at]?.slice(index * rows, (index + 1) * rows) ?? [];
      return () => rewardBatch(part, length, pad);
    }),
  );
  return [...random.permutation(batches.length)].flatMap((index) => batches[index] ?? []);
}

function rewardBatch(rows: readonly LabelledSequence[], length: number, pad: number): RewardBatch {
  return {
    rows: rows.length,
    length,
    tokens: padded(rows, length, pad),
    starts: Int32Array.from(rows, ({ promptLength }) => promptLength),
    ends: Int32Array.from(rows, ({ ids }) => ids.length),
    labels: Float32Array.from(rows, ({ label }) => label),
  };
}
