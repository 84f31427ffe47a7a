export interface Modes {
  /** The classes that share the highest total weight. */
  readonly classes: ReadonlySet<number>;
  /** Their total weight each, as a share of the weight of all classes; NaN where that is 0. */
  readonly share: number;
}

/**
 * The weighted modes of class labels: all classes whose total weight is the highest. Totals closer than 1e-12 of the whole
 * are equal, so that a tie does not hang on the order in which weights were added. `counted(i)` leaves samples out;
 * `weight(i)` must be finite and not negative. No class where nothing is counted.
 */
export function modes(
  labels: ArrayLike<number>,
  counted: (index: number) => boolean,
  weight: (index: number) => number = () => 1,
): Modes {
  const totals = new Map<number, number>();
  let whole = 0;
  for (let i = 0; i < labels.length; i++) {
    if (!counted(i)) continue;
    const label = labels[i]!;
    const added = weight(i);
    if (!(added >= 0 && added < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`a weight must be finite and not negative, received ${added} for sample ${i}`);
    }
    whole += added;
    totals.set(label, (totals.get(label) ?? 0) + added);
  }
  const highest = Math.max(...totals.values());
  const classes = new Set<number>();
  for (const [label, total] of totals) if (highest - total <= 1e-12 * whole) classes.add(label);
  return { classes, share: highest / whole };
}

/**
 * Spreads a mass of 1 over samples of the given classes: every class gets the same share, and within it the counted samples of
 * the highest `score` share alike (all of them where no score is given). A NaN score is below every number.
 */
export function massOnClasses(
  labels: ArrayLike<number>,
  counted: (index: number) => boolean,
  classes: ReadonlySet<number>,
  score?: ArrayLike<number>,
): Float64Array {
  const mass = new Float64Array(labels.length);
  for (const label of classes) {
    const members: number[] = [];
    let best = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] !== label || !counted(i)) continue;
      const value = score && !Number.isNaN(score[i]!) ? score[i]! : Number.NEGATIVE_INFINITY;
      if (value > best) {
        best = value;
        members.length = 0;
      }
      if (value === best) members.push(i);
    }
    for (const i of members) mass[i] = 1 / (classes.size * members.length);
  }
  return mass;
}
