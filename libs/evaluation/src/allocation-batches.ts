import { stream } from "@touchstone/core";

/** A batch of one partition: which problems, by position, share a budget. */
export interface PlayedBatch {
  readonly partition: number;
  readonly batch: number;
  /** Batches of different groups share no problem, in whatever partition they are. */
  readonly group: number;
  readonly members: readonly number[];
}

/** With this many groups a t quantile is near that of a normal law; more would leave partitions less to shuffle. */
const ENOUGH_GROUPS = 20;
const FEW_GROUPS = 10;

/**
 * Random divisions of problems into disjoint batches of one size. Problems are put into groups once; each partition divides every group
 * anew. So batches of a partition share no problem, and what partitions reuse stays within a group: groups are what is independent, and
 * by them an interval over all partitions is clustered. 20 groups, or half as many as there are batches where that is less; 10, or as
 * many as there are batches, at the least. Problems that do not fill a batch sit out, others in each partition where groups can.
 */
export function playedBatches(
  problems: number,
  batchSize: number,
  partitions: number,
  seed: number,
): readonly PlayedBatch[] {
  const groups = groupsOf(problems, batchSize, seed);
  return Array.from({ length: partitions }, (_, partition) => {
    let batch = 0;
    return groups.flatMap(({ members, batches }, group) => {
      const order = stream(seed, "allocation partition", partition, group).permutation(members.length);
      const shuffled = Array.from(order, (position) => members[position]!);
      return Array.from({ length: batches }, (_none, index) => ({
        partition,
        batch: batch++,
        group,
        members: shuffled.slice(index * batchSize, (index + 1) * batchSize),
      }));
    });
  }).flat();
}

interface Group {
  readonly members: readonly number[];
  readonly batches: number;
}

function groupsOf(problems: number, batchSize: number, seed: number): readonly Group[] {
  const batches = Math.floor(problems / batchSize);
  const count = Math.max(Math.min(batches, FEW_GROUPS), Math.min(ENOUGH_GROUPS, Math.floor(batches / 2)));
  const order = [...stream(seed, "allocation groups").permutation(problems)];
  const left = order.splice(batches * batchSize);
  return Array.from({ length: count }, (_, group) => {
    const [first, end] = [Math.floor((group * batches) / count), Math.floor(((group + 1) * batches) / count)];
    return {
      members: [
        ...order.slice(first * batchSize, end * batchSize),
        ...left.filter((_problem, index) => index % count === group),
      ],
      batches: end - first,
    };
  });
}
