import { clusteredMean } from "@touchstone/stats";

/** A batch's value of a metric. */
export interface BatchValue {
  readonly partition: number;
  readonly batch: number;
  /** Values of different groups share no problem. */
  readonly group: number;
  readonly value: number;
}

/** Mean over batches and partitions. */
export interface BatchEstimate {
  readonly estimate: number;
  /**
   * Clustered by group. With value Y, P partitions and the batches' values of one partition independent, Var(Ȳ) = τ/P + (1 − 1/P)·c,
   * where τ is the variance of one partition's mean and c the covariance of two: between τ/P (all is chance of division and play) and
   * τ (all is the problems, which every partition reuses). Neither bound will do, and from the spread between P partitions c is known
   * badly. But partitions reuse problems within groups only, so that means of groups are independent: their spread is that of Ȳ,
   * wherever it comes from (ours; the sandwich estimator of `clusteredMean`).
   */
  readonly standardError: number;
  /** t interval with groups − 1 degrees of freedom. */
  readonly low: number;
  readonly high: number;
  /** Batches in a partition. */
  readonly batches: number;
  readonly partitions: number;
  /** Groups of batches that share no problem. */
  readonly groups: number;
  /** Clustered by partition: what other divisions, draws and plays would change. It knows nothing of other problems. */
  readonly monteCarloError: number;
  readonly values: readonly BatchValue[];
}

/** Estimate of one metric from the values of all batches of all partitions. */
export function batchEstimate(values: readonly BatchValue[]): BatchEstimate {
  const numbers = values.map(({ value }) => value);
  const partitions = values.map(({ partition }) => partition);
  const { estimate, standardError, low, high, clusters } = clusteredMean(
    numbers,
    values.map(({ group }) => group),
  );
  return {
    estimate,
    standardError,
    low,
    high,
    batches: values.filter(({ partition }) => partition === partitions[0]).length,
    partitions: new Set(partitions).size,
    groups: clusters,
    monteCarloError: clusteredMean(numbers, partitions).standardError,
    values,
  };
}
