import { clusteredMean, mean, pearson, quantile } from "@touchstone/stats";
import type { Measure, PositionRow } from "./parity.ts";

/** A mean with its interval, clustered by problem. NaN values are left out. */
export function meanMeasure(
  head: Pick<Measure, "measure" | "statistic" | "unit">,
  values: readonly number[],
  clusters: readonly string[],
): Measure {
  const { estimate, low, high, n } = clusteredMean(values, clusters, { missing: "omit" });
  return { ...head, value: estimate, low, high, n };
}

/** Mean (signed and absolute), median, 99th percentile and maximum of differences B − A; each of one problem's cluster. */
export function differenceMeasures(
  measure: string,
  unit: Measure["unit"],
  differences: readonly number[],
  clusters: readonly string[],
): Measure[] {
  const kept = differences.flatMap((difference, i) => (Number.isNaN(difference) ? [] : [i]));
  const values = kept.map((i) => differences[i]!);
  const of = kept.map((i) => clusters[i]!);
  const absolute = values.map(Math.abs);
  const point = (statistic: string, value: number): Measure => {
    return { measure, statistic, unit, value, low: Number.NaN, high: Number.NaN, n: values.length };
  };
  return [
    meanMeasure({ measure, statistic: "mean", unit }, values, of),
    meanMeasure({ measure, statistic: "mean-absolute", unit }, absolute, of),
    point("median-absolute", quantile(absolute, 0.5)),
    point("p99-absolute", quantile(absolute, 0.99)),
    point("maximum-absolute", absolute.length === 0 ? Number.NaN : absolute.reduce((a, b) => Math.max(a, b), 0)),
  ];
}

/** Pearson's correlation of what A and B say. */
export function correlationMeasure(measure: string, a: readonly number[], b: readonly number[]): Measure {
  const value = pearson(a, b, "omit");
  return { measure, statistic: "correlation", unit: "share", value, low: Number.NaN, high: Number.NaN, n: a.length };
}

/** Differences by position, in ranges that double: 1, 2, 3–4, 5–8, … `differences[i]` are those of one response, in order. */
export function byPosition(differences: readonly (readonly number[])[]): PositionRow[] {
  const longest = Math.max(0, ...differences.map(({ length }) => length));
  const rows: PositionRow[] = [];
  for (let to = 1, from = 1; from <= longest; from = to + 1, to *= 2) {
    const values = differences.flatMap((ofResponse) => ofResponse.slice(from - 1, to)).filter((d) => !Number.isNaN(d));
    if (values.length === 0) continue;
    const absolute = values.map(Math.abs);
    rows.push({
      from,
      to: Math.min(to, longest),
      tokens: values.length,
      mean: mean(values),
      meanAbsolute: mean(absolute),
      p99Absolute: quantile(absolute, 0.99),
      maximumAbsolute: absolute.reduce((a, b) => Math.max(a, b), 0),
    });
  }
  return rows;
}

/**
 * Estimates of KL(A ‖ B) from responses that A drew at temperature 1, in nats. `kl` is the mean of log p_A(y) − log p_B(y) over whole
 * responses, without bias. `kl-per-token` is the mean over tokens of r − 1 − log r with r = p_B/p_A (Schulman's k3): never negative
 * and of far less variance; unbiased for the mean over A's tokens of the divergence at each.
 */
export function divergenceMeasures(
  differences: readonly (readonly number[])[],
  sequences: readonly number[],
  clusters: readonly string[],
): Measure[] {
  const tokens = differences.flatMap((ofResponse, i) =>
    ofResponse.map((d) => ({ value: Math.expm1(d) - d, cluster: clusters[i]! })),
  );
  return [
    meanMeasure(
      { measure: "kl", statistic: "mean", unit: "nats" },
      sequences.map((d) => 0 - d),
      clusters,
    ),
    meanMeasure(
      { measure: "kl-per-token", statistic: "mean", unit: "nats" },
      tokens.map(({ value }) => value),
      tokens.map(({ cluster }) => cluster),
    ),
  ];
}
