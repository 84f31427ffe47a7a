import { ascending } from "./descriptive.ts";

/**
 * Unbiased estimate of the chance that at least one of k samples is correct, from n samples of which c are: 1 − C(n−c,k)/C(n,k)
 * in product form (Chen et al. 2021, arXiv:2107.03374). NaN where n < k: too few samples are not evidence of anything.
 */
export function passAtK(n: number, c: number, k: number): number {
  checkCount("k", k, 1);
  checkCount("n", n, 0);
  if (!(Number.isInteger(c) && c >= 0 && c <= n))
    throw new RangeError(`passAtK needs a whole 0 <= c <= n, received ${c}`);
  if (n < k) return Number.NaN;
  if (n - c < k) return 1;
  let allWrong = 1;
  for (let i = n - c + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}

/**
 * Exact weight of each of N pooled samples in best-of-n: the chance, over all C(N,n) subsets, of being the subset's best by
 * reward. With rewards in ascending order, sample i wins C(i−1,n−1)/C(N,n) of the subsets (ours, by counting; see
 * docs/methods/best-of-n.md for who else has it); tied rewards share the mass equally. NaN rewards never win; the subsets
 * that hold nothing else are the missing mass, C(number of NaN, n)/C(N,n), on which best-of-n abstains.
 *
 * Returns weights of length N with sum ≤ 1; all NaN where n > N (such a subset does not exist).
 */
export function bestOfNWeights(rewards: ArrayLike<number>, n: number): Float64Array {
  checkCount("n", n, 1);
  const size = rewards.length;
  const weights = new Float64Array(size);
  if (n > size) return weights.fill(Number.NaN);

  const valid: number[] = [];
  for (let i = 0; i < size; i++) if (!Number.isNaN(rewards[i]!)) valid.push(i);
  valid.sort((i, j) => ascending(rewards[j]!, rewards[i]!));

  // From the best downwards: the sample of ascending rank `rank` wins `win` = C(rank−1, n−1)/C(size, n).
  let win = n / size;
  let rank = size;
  for (let start = 0; start < valid.length && rank >= n;) {
    let end = start;
    let mass = 0;
    while (end < valid.length && rewards[valid[end]!] === rewards[valid[start]!]) {
      if (rank >= n) {
        mass += win;
        win *= rank > 1 ? (rank - n) / (rank - 1) : 0;
      }
      rank--;
      end++;
    }
    for (let k = start; k < end; k++) weights[valid[k]!] = mass / (end - start);
    start = end;
  }
  return weights;
}

/**
 * Oracle: the expected highest grade among a random subset of n of the pool, the ceiling of every selector. For grades 0 and
 * 1 it is `passAtK`. NaN where n exceeds the pool or a grade is NaN.
 */
export function oracle(grades: ArrayLike<number>, n: number): number {
  if (hasNaN(grades)) return Number.NaN;
  return weightedMean(bestOfNWeights(grades, n), grades);
}

/** Random choice: the mean grade of the pool, the floor that a selector has to beat. NaN for an empty pool. */
export function randomChoice(grades: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < grades.length; i++) sum += grades[i]!;
  return sum / grades.length;
}

function weightedMean(weights: Float64Array, values: ArrayLike<number>): number {
  return weights.reduce((sum, weight, i) => sum + weight * values[i]!, 0);
}

function hasNaN(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) return true;
  return false;
}

export function checkCount(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number >= ${least}, received ${value}`);
  }
}
