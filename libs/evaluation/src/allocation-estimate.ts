import { clusteredMean, mean, standardDeviation, tInterval } from "@touchstone/stats";

/** A batch's value of a metric. */
export interface BatchValue {
  readonly partition: number;
  readonly batch: number;
  readonly value: number;
}

/** Mean over batches and partitions, with the batch as the unit of the interval. */
export interface BatchEstimate {
  readonly estimate: number;
  /**
   * √(mean over partitions of sd²/n), n batches in a partition. Partitions divide the same problems again, so averaging over them can only
   * make the estimate more precise than this says (ours: Var of a mean ≤ mean of the Vars).
   */
  readonly standardError: number;
  /** t interval with n − 1 degrees of freedom. */
  readonly low: number;
  readonly high: number;
  /** Batches in a partition. */
  readonly batches: number;
  readonly partitions: number;
  /** Clustered by partition: what another choice of random partitions and draws would change. It knows nothing of other problems. */
  readonly monteCarloError: number;
  readonly values: readonly BatchValue[];
}

/** Estimate of one metric from the values of all batches of all partitions. */
export function batchEstimate(values: readonly BatchValue[]): BatchEstimate {
  const byPartition = [...Map.groupBy(values, ({ partition }) => partition).values()];
  const batches = byPartition[0]?.length ?? 0;
  const numbers = values.map(({ value }) => value);
  const variances = byPartition.map((list) => standardDeviation(list.map(({ value }) => value)) ** 2 / list.length);
  const standardError = Math.sqrt(mean(variances));
  const estimate = mean(numbers);
  return {
    estimate,
    standardError,
    ...tInterval(estimate, standardError, batches - 1),
    batches,
    partitions: byPartition.length,
    monteCarloError: clusteredMean(
      numbers,
      values.map(({ partition }) => partition),
    ).standardError,
    values,
  };
}
