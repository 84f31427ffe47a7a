import type { Missing } from "./clustered-mean.ts";
import { ascending } from "./descriptive.ts";

/** Pearson's correlation. NaN where a side is constant, where fewer than two pairs remain, or, by default, on any NaN. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>, missing: Missing = "propagate"): number {
  const pairs = completePairs(a, b, missing);
  if (pairs === undefined) return Number.NaN;
  const [x, y] = pairs;
  const n = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (xx === 0 || yy === 0) return Number.NaN;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** Spearman's rank correlation: Pearson's of the mid-ranks, so that ties share their mean rank. NaN as in `pearson`. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>, missing: Missing = "propagate"): number {
  const pairs = completePairs(a, b, missing);
  return pairs === undefined ? Number.NaN : pearson(midRanks(pairs[0]), midRanks(pairs[1]));
}

/** Ranks from 1, ascending; equal values share the mean of their ranks. */
export function midRanks(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const order = Array.from({ length: n }, (_, i) => i).toSorted((i, j) => ascending(values[i]!, values[j]!));
  const ranks = new Float64Array(n);
  for (let start = 0; start < n;) {
    let end = start + 1;
    while (end < n && values[order[end]!] === values[order[start]!]) end++;
    for (let k = start; k < end; k++) ranks[order[k]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

function completePairs(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  missing: Missing,
): [Float64Array, Float64Array] | undefined {
  if (a.length !== b.length) throw new RangeError(`pairs are needed, received ${a.length} and ${b.length} values`);
  const kept: number[] = [];
  for (let i = 0; i < a.length; i++) if (!Number.isNaN(a[i]!) && !Number.isNaN(b[i]!)) kept.push(i);
  if (kept.length < 2 || (missing === "propagate" && kept.length < a.length)) return undefined;
  return [Float64Array.from(kept, (i) => a[i]!), Float64Array.from(kept, (i) => b[i]!)];
}
