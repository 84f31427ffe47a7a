import { checkCount } from "./subsets.ts";

export interface PairwiseAccuracy {
  /** Share of the pairs that the rewards order as the grades do, tied rewards counting half; NaN without such pairs. */
  readonly accuracy: number;
  /** Pairs with different grades and two valid rewards. */
  readonly pairs: number;
  /** Pairs with different grades that were left out because a reward is NaN. */
  readonly failed: number;
}

/**
 * How well rewards order the samples of one problem: over all pairs with different grades (Kendall-type concordance; the
 * within-problem form of the area under the ROC curve). Chance is .5.
 */
export function pairwiseAccuracy(rewards: ArrayLike<number>, grades: ArrayLike<number>): PairwiseAccuracy {
  if (rewards.length !== grades.length) {
    throw new RangeError(`one grade a reward is needed, received ${rewards.length} and ${grades.length}`);
  }
  let points = 0;
  let pairs = 0;
  let failed = 0;
  for (let i = 0; i < rewards.length; i++) {
    for (let j = 0; j < i; j++) {
      const better = Math.sign(grades[i]! - grades[j]!);
      if (better === 0 || Number.isNaN(better)) continue;
      if (Number.isNaN(rewards[i]!) || Number.isNaN(rewards[j]!)) {
        failed++;
        continue;
      }
      pairs++;
      if (rewards[i] === rewards[j]) points += 0.5;
      else if (Math.sign(rewards[i]! - rewards[j]!) === better) points += 1;
    }
  }
  return { accuracy: points / pairs, pairs, failed };
}

/**
 * log n − (n − 1)/n: an upper bound, in nats, on the divergence KL(best-of-n ‖ policy). Label it a bound: it is exact only
 * where ties have no mass (Beirami et al. 2024, arXiv:2401.01879).
 */
export function bestOfNKLUpperBound(n: number): number {
  checkCount("n", n, 1);
  return Math.log(n) - (n - 1) / n;
}

/** n/(n + 1): an upper bound on best-of-n's win rate, by its own reward, against a single sample (arXiv:2401.01879). */
export function bestOfNWinRateUpperBound(n: number): number {
  checkCount("n", n, 1);
  return n / (n + 1);
}
