import { TouchstoneError } from "@touchstone/core";
import { tInterval } from "./intervals.ts";

/** What to do with NaN values: `propagate` makes the estimate NaN; `omit` leaves them out and counts them. */
export type Missing = "propagate" | "omit";

export interface EstimateOptions {
  /** Coverage of the interval; default 0.95. */
  readonly level?: number;
  /** Default `propagate`: leaving values out is a decision that has to be made, and seen in `missing`. */
  readonly missing?: Missing;
}

export interface MeanEstimate {
  readonly estimate: number;
  /** NaN with fewer than two clusters. */
  readonly standardError: number;
  /** t interval with `clusters − 1` degrees of freedom. */
  readonly low: number;
  readonly high: number;
  /** Values that entered the estimate. */
  readonly n: number;
  readonly clusters: number;
  /** NaN values: left out with `omit`, the reason of a NaN estimate with `propagate`. */
  readonly missing: number;
}

/**
 * Mean with a cluster-robust standard error: √(C/(C−1) · Σ_c (Σ_{i∈c} (s_i − s̄))²)/n, the clustered standard error of
 * Miller 2024 (arXiv:2411.00640) with the finite-sample factor for C clusters. With one value a cluster it is sd/√n.
 *
 * `values[i]` belongs to cluster `clusters[i]`. Throws `missing-cluster` where a cluster is absent, `RangeError` on
 * different lengths.
 */
export function clusteredMean(
  values: ArrayLike<number>,
  clusters: ArrayLike<string | number>,
  options: EstimateOptions = {},
): MeanEstimate {
  checkClusters(values.length, clusters);
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) kept.push(i);
  const missing = values.length - kept.length;
  if (missing > 0 && options.missing !== "omit") {
    for (let i = 0; i < values.length; i++) kept[i] = i;
  }

  const n = kept.length;
  let sum = 0;
  for (const i of kept) sum += values[i]!;
  const estimate = n > 0 ? sum / n : Number.NaN;

  const residuals = new Map<string | number, number>();
  for (const i of kept) {
    const cluster = clusters[i]!;
    residuals.set(cluster, (residuals.get(cluster) ?? 0) + (values[i]! - estimate));
  }
  let squares = 0;
  for (const residual of residuals.values()) squares += residual * residual;
  const count = residuals.size;
  const standardError = count > 1 ? Math.sqrt((count / (count - 1)) * squares) / n : Number.NaN;
  return {
    estimate,
    standardError,
    ...tInterval(estimate, standardError, count - 1, options.level),
    n,
    clusters: count,
    missing,
  };
}

/** Throws unless there is one cluster for each of `length` values. */
export function checkClusters(length: number, clusters: ArrayLike<string | number>): void {
  if (clusters.length !== length) {
    throw new RangeError(`one cluster a value is needed, received ${length} values and ${clusters.length} clusters`);
  }
  for (let i = 0; i < length; i++) {
    const cluster: string | number | undefined | null = clusters[i];
    if (cluster === undefined || cluster === null || cluster === "" || Number.isNaN(cluster)) {
      throw new TouchstoneError({
        code: "missing-cluster",
        family: "input",
        what: `Value ${i} has no cluster; without it the standard error would be too small.`,
        value: cluster,
        fix: "Give every problem a cluster id; problems that share no source each get their own.",
      });
    }
  }
}
