import { checkClusters, clusteredMean, type EstimateOptions } from "./clustered-mean.ts";
import { tQuantile, tTwoSidedP } from "./distributions.ts";
import { pearson } from "./correlation.ts";

export interface PairedComparison {
  /** Mean of a − b. */
  readonly difference: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, of "no difference", by Student's t with `clusters − 1` degrees of freedom. 1 where all differences are 0. */
  readonly p: number;
  /** Pearson's, between a and b over problems; NaN where one of them is constant. */
  readonly correlation: number;
  /** See `minimumDetectableDifference`. */
  readonly minimumDetectableDifference: number;
  readonly n: number;
  readonly clusters: number;
  /** Pairs with a NaN on either side. */
  readonly missing: number;
}

/**
 * Compares two methods on the same problems: the mean of the paired differences d_i = a_i − b_i with the clustered standard
 * error of `clusteredMean` (Miller 2024, arXiv:2411.00640: pairing removes the variance the two share).
 */
export function pairedComparison(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  clusters: ArrayLike<string | number>,
  options: EstimateOptions = {},
): PairedComparison {
  if (a.length !== b.length) throw new RangeError(`pairs are needed, received ${a.length} and ${b.length} values`);
  checkClusters(a.length, clusters);
  const differences = Float64Array.from(a, (value, i) => value - b[i]!);
  const mean = clusteredMean(differences, clusters, options);
  const { estimate: difference, standardError } = mean;
  const t = difference === 0 && standardError === 0 ? 0 : difference / standardError;
  return {
    difference,
    standardError,
    low: mean.low,
    high: mean.high,
    p: tTwoSidedP(t, mean.clusters - 1),
    correlation: pearson(a, b, options.missing),
    minimumDetectableDifference: minimumDetectableDifference(standardError, mean.clusters - 1),
    n: mean.n,
    clusters: mean.clusters,
    missing: mean.missing,
  };
}

/**
 * The smallest true difference that a two-sided t test at `level` finds with probability `power`, given the standard error
 * of the difference: (t_{1−level/2} + t_{power}) · SE (Bloom 1995; Miller 2024 with normal quantiles). NaN where the
 * standard error is 0 or undefined: data without variation do not say what they could have found.
 */
export function minimumDetectableDifference(
  standardError: number,
  degreesOfFreedom: number,
  { power = 0.8, level = 0.05 }: { power?: number; level?: number } = {},
): number {
  if (!(standardError > 0)) return Number.NaN;
  return (tQuantile(1 - level / 2, degreesOfFreedom) + tQuantile(power, degreesOfFreedom)) * standardError;
}
