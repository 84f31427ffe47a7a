/** Where each value stands among the counted ones, from the highest down. */
export interface Standing {
  /** How many counted values there are. */
  readonly counted: number;
  /** For each value, how many counted ones are higher; −1 where it is not counted itself. */
  readonly above: Int32Array;
  /** For each counted value, how many are equal to it, itself included; 0 where it is not counted. */
  readonly tied: Int32Array;
}

/** Ranks without an order among ties. NaN is never counted, nor what `counted` leaves out. O(N log N). */
export function standing(values: ArrayLike<number>, counted: (index: number) => boolean = () => true): Standing {
  const size = values.length;
  const sorted = new Float64Array(size);
  let count = 0;
  for (let i = 0; i < size; i++) if (!Number.isNaN(values[i]!) && counted(i)) sorted[count++] = values[i]!;
  const ascending = sorted.subarray(0, count).toSorted();
  const above = new Int32Array(size);
  const tied = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const value = values[i]!;
    if (Number.isNaN(value) || !counted(i)) {
      above[i] = -1;
      continue;
    }
    const end = countUpTo(ascending, value, true);
    above[i] = count - end;
    tied[i] = end - countUpTo(ascending, value, false);
  }
  return { counted: count, above, tied };
}

/** A mass of 1, shared by all samples of the highest score. NaN scores have none; `undefined` where every score is NaN. */
export function massOnHighest(scores: ArrayLike<number>): { weights: Float64Array; tied: number } | undefined {
  let best = Number.NaN;
  let tied = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score) || score < best) continue;
    tied = score === best ? tied + 1 : 1;
    best = score;
  }
  if (tied === 0) return undefined;
  const weights = new Float64Array(scores.length);
  for (let i = 0; i < scores.length; i++) if (scores[i] === best) weights[i] = 1 / tied;
  return { weights, tied };
}

/** How many of the ascending values are below `value`, or not above it where `inclusive`. −0 and 0 are equal. */
function countUpTo(ascending: Float64Array, value: number, inclusive: boolean): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = ascending[middle]!;
    if (other < value || (inclusive && other === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
