import type { Stream } from "@touchstone/core";

/** Two responses of one prompt, as positions in its list. */
export interface PreferencePair {
  readonly chosen: number;
  readonly rejected: number;
}

/**
 * At most `count` pairs of responses with different scores, the one with the higher score chosen: drawn without replacement from all
 * such pairs, all of them where there are fewer. A response whose score is NaN is in no pair. How the paper draws its pairs is not
 * known to us.
 */
export function preferencePairs(scores: ArrayLike<number>, count: number, random: Stream): readonly PreferencePair[] {
  const pairs: PreferencePair[] = [];
  for (const [i, j] of shuffledPairs(scores.length, random)) {
    if (pairs.length === count) break;
    const difference = scores[i]! - scores[j]!;
    if (difference > 0) pairs.push({ chosen: i, rejected: j });
    if (difference < 0) pairs.push({ chosen: j, rejected: i });
  }
  return pairs;
}

/**
 * At most `count` pairs on which the reward models agree most: |Σ_k sign(r_k[i] − r_k[j])| decides, among equals chance, and pairs on
 * which they are split are left out. A reward model whose score is NaN has no vote. Ours: the paper's agreement ensemble is known to
 * us by its name and purpose alone.
 */
export function agreedPairs(
  scores: readonly ArrayLike<number>[],
  count: number,
  random: Stream,
): readonly PreferencePair[] {
  const voted = shuffledPairs(scores[0]?.length ?? 0, random).map(([i, j]) => ({
    pair: [i, j] as const,
    votes: scores.reduce((sum, own) => sum + (Math.sign(own[i]! - own[j]!) || 0), 0),
  }));
  return voted
    .filter(({ votes }) => votes !== 0)
    .toSorted((a, b) => Math.abs(b.votes) - Math.abs(a.votes))
    .slice(0, count)
    .map(({ pair: [i, j], votes }) => (votes > 0 ? { chosen: i, rejected: j } : { chosen: j, rejected: i }));
}

/** All unordered pairs of 0 … n − 1 in random order. */
function shuffledPairs(n: number, random: Stream): readonly (readonly [number, number])[] {
  const pairs = Array.from({ length: n }, (_, i) => Array.from({ length: i }, (__, j) => [j, i] as const)).flat();
  return Array.from(random.permutation(pairs.length), (at) => pairs[at]!);
}
