/** Random divisions of the problems into batches, where nothing else is asked for. */
export const PARTITIONS = 10;
/** Plays of every batch. */
export const RUNS = 20;
