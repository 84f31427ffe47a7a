import type { Stream } from "@touchstone/core";
import { checkClusters } from "./clustered-mean.ts";
import { quantile, standardDeviation } from "./descriptive.ts";
import { checkCount } from "./subsets.ts";

export interface CurveBand {
  /** Mean over problems at each point. */
  readonly estimate: Float64Array;
  /** Percentile interval of each point alone. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Band that holds the whole curve with the stated coverage (sup-t), for statements about its shape. */
  readonly simultaneousLow: Float64Array;
  readonly simultaneousHigh: Float64Array;
}

/**
 * Bands of a curve, by resampling whole clusters of problems with replacement: every resample moves the whole curve, so that
 * the correlation between its points is kept. `curve[point][problem]`, NaN allowed (it makes that point NaN).
 *
 * Throws `RangeError` on ragged input and `missing-cluster` where a cluster is absent. With one cluster all bands are NaN.
 */
export function clusterBootstrapCurve(
  curve: readonly ArrayLike<number>[],
  clusters: ArrayLike<string | number>,
  random: Stream,
  { replicates = 1000, level = 0.95 }: { replicates?: number; level?: number } = {},
): CurveBand {
  checkCount("replicates", replicates, 2);
  for (const point of curve) checkClusters(point.length, clusters);
  const { sums, sizes } = clusterSums(curve, clusters);
  const points = curve.length;
  const count = sizes.length;
  const total = sizes.reduce((a, b) => a + b, 0);
  const estimate = Float64Array.from({ length: points }, (_, k) => sums[k]!.reduce((a, b) => a + b, 0) / total);
  const draws = Array.from({ length: points }, () => new Float64Array(replicates).fill(Number.NaN));
  // One cluster says nothing about others: its draws stay NaN.
  const resamples = count > 1 ? replicates : 0;
  for (let replicate = 0; replicate < resamples; replicate++) {
    const drawn = new Float64Array(points);
    let problems = 0;
    for (let c = 0; c < count; c++) {
      const pick = random.integer(count);
      problems += sizes[pick]!;
      for (let k = 0; k < points; k++) drawn[k]! += sums[k]![pick]!;
    }
    for (let k = 0; k < points; k++) draws[k]![replicate] = drawn[k]! / problems;
  }

  const spread = draws.map((point) => standardDeviation(point));
  const largest = new Float64Array(replicates);
  for (let replicate = 0; replicate < replicates; replicate++) {
    for (let k = 0; k < points; k++) {
      // A point without variation (all correct, say) cannot leave its band.
      if (spread[k] === 0) continue;
      const deviation = Math.abs(draws[k]![replicate]! - estimate[k]!) / spread[k]!;
      if (deviation > largest[replicate]!) largest[replicate] = deviation;
    }
  }
  const reach = quantile(largest, level);
  return {
    estimate,
    low: Float64Array.from(draws, (point) => quantile(point, (1 - level) / 2)),
    high: Float64Array.from(draws, (point) => quantile(point, (1 + level) / 2)),
    simultaneousLow: estimate.map((value, k) => value - reach * spread[k]!),
    simultaneousHigh: estimate.map((value, k) => value + reach * spread[k]!),
  };
}

function clusterSums(curve: readonly ArrayLike<number>[], clusters: ArrayLike<string | number>) {
  const index = new Map<string | number, number>();
  const sizes: number[] = [];
  const member = Array.from(clusters, (cluster) => {
    let position = index.get(cluster);
    if (position === undefined) {
      position = sizes.length;
      index.set(cluster, position);
      sizes.push(0);
    }
    sizes[position]!++;
    return position;
  });
  const sums = curve.map((point) => {
    const sum = new Float64Array(sizes.length);
    member.forEach((position, problem) => {
      sum[position]! += point[problem]!;
    });
    return sum;
  });
  return { sums, sizes };
}
