/** A moment of a run at which it was deployed; the base policy is the first of every run, at KL 0. */
export interface PathPoint {
  /** KL(π ‖ π₀) in nats per response. */
  readonly kl: number;
  /** Per problem. */
  readonly values: Float64Array;
}

/** KL at which two runs are compared: what the one that went less far ended with. */
export function matchedKl(left: readonly PathPoint[], right: readonly PathPoint[]): number {
  return Math.min(left.at(-1)!.kl, right.at(-1)!.kl);
}

/**
 * Values of a run where it first reaches a KL, linear between the two moments around it. Ours: the field reports curves of reward
 * against KL. NaN for every problem where the run never gets so far, or its KL is not known.
 */
export function atKl(path: readonly PathPoint[], kl: number): Float64Array {
  const first = path[0]!;
  if (kl <= first.kl) return first.values;
  for (const [i, next] of path.entries()) {
    const before = path[i - 1];
    if (before === undefined || !(next.kl >= kl)) continue;
    const share = (kl - before.kl) / (next.kl - before.kl);
    return before.values.map((value, problem) => value + share * (next.values[problem]! - value));
  }
  return first.values.map(() => Number.NaN);
}
