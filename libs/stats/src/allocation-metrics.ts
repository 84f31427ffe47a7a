import { checkCount } from "./subsets.ts";

/**
 * Chance that a total beats the comparator's in the same run, ties counting half: the batch win rate of AdaBoN (eq. 3,
 * second-hand) where a value is the sum over a batch of the highest rewards. .5 for two samples of one law.
 */
export function winRate(totals: ArrayLike<number>, comparators: ArrayLike<number>): number {
  if (totals.length !== comparators.length) {
    throw new RangeError(`one comparator a run is needed, received ${totals.length} and ${comparators.length}`);
  }
  let points = 0;
  for (let run = 0; run < totals.length; run++) {
    if (totals[run]! > comparators[run]!) points += 1;
    else if (totals[run] === comparators[run]) points += 0.5;
  }
  return points / totals.length;
}

/**
 * How long a total survives against uniform allocation: the smallest N with curve_N > total, where `curve[N − 1]` is the sum over
 * the batch of the highest of N rewards; the length of the curve where it is never exceeded (AdaBoN's survival time, truncated; the
 * definition is our reading of second-hand descriptions of eq. 5).
 */
export function survivalTime(total: number, curve: ArrayLike<number>): number {
  for (let n = 0; n < curve.length - 1; n++) if (curve[n]! > total) return n + 1;
  return curve.length;
}

/**
 * Expected survival time of uniform allocation against itself, one problem with continuous rewards: P(T > n) = B/(B + n), hence
 * E[min(T, cap)] = Σ_{n<cap} B/(B + n), with cap = 2B about B·ln 3 = 1.10·B (our derivation). It is this, not B, that a survival time
 * has to be read against.
 */
export function survivalNull(budget: number, cap: number = 2 * budget): number {
  checkCount("budget", budget, 1);
  checkCount("cap", cap, 1);
  let sum = 0;
  for (let n = 0; n < cap; n++) sum += budget / (budget + n);
  return sum;
}

/**
 * N*(.5): the largest uniform budget N that the totals still beat, that is with win rate above .5 over the runs; `curves[run]` is the
 * comparator of that run. 0 where there is none; its null value is the budget itself.
 */
export function largestBudgetBeaten(totals: ArrayLike<number>, curves: readonly ArrayLike<number>[]): number {
  const longest = Math.min(...curves.map((curve) => curve.length));
  for (let n = longest; n >= 1; n--) {
    const comparators = curves.map((curve) => curve[n - 1]!);
    if (winRate(totals, comparators) > 0.5) return n;
  }
  return 0;
}
