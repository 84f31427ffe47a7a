import type { Standing } from "@touchstone/stats";

/** The authors' rule of thumb for Borda's exponent; between 16 and 32 samples, where they state none, the lower value. */
export function heuristicExponent(samples: number): number {
  return samples < 32 ? 0.3 : 1.2;
}

/**
 * Borda votes v(r) = (N − r + 1)^p of N ranked samples, r = 1 for the surest, as a share of the largest possible vote that is
 * cast. Tied samples share the votes of the ranks they hold. `casts(i)` says who votes: the others keep their rank but get 0.
 */
export function bordaVotes(
  { counted, above, tied }: Standing,
  casts: (index: number) => boolean,
  p: number,
): Float64Array {
  const votes = new Float64Array(above.length);
  let first = counted;
  for (let i = 0; i < above.length; i++) if (tied[i]! > 0 && casts(i)) first = Math.min(first, above[i]!);
  for (let i = 0; i < above.length; i++) {
    if (tied[i] === 0 || !casts(i)) continue;
    let sum = 0;
    for (let rank = above[i]!; rank < above[i]! + tied[i]!; rank++) sum += ((counted - rank) / (counted - first)) ** p;
    votes[i] = sum / tied[i]!;
  }
  return votes;
}
