import { largestBudgetBeaten, mean, survivalNull, survivalTime, winRate } from "@touchstone/stats";
import type { AllocationStudy } from "./allocation.ts";
import type { BatchRun } from "./allocation-run.ts";

/**
 * `batch_win_rate`: against the comparator at the same budget; `batch_win_rate_larger`: against uniform allocation at 1.2 times the budget;
 * `survival_time`: truncated at twice the budget; `largest_budget_beaten`: N*(.5); `problem_win_rate`: win rate of the single
 * problems; `mean_difference`: mean over problems of the difference of the highest rewards, in units of the rewards.
 */
export const ALLOCATION_METRICS = [
  "batch_win_rate",
  "batch_win_rate_larger",
  "survival_time",
  "largest_budget_beaten",
  "problem_win_rate",
  "mean_difference",
] as const;

export type AllocationMetric = (typeof ALLOCATION_METRICS)[number];

/** How much larger the larger comparator's budget is. */
const LARGER = 1.2;

/** A batch's metrics for the policy at `index`, over its runs. */
export function batchMetrics(
  runs: readonly BatchRun[],
  index: number,
  { budget, comparator }: Pick<AllocationStudy, "budget" | "comparator">,
): Readonly<Partial<Record<AllocationMetric, number>>> {
  const totals = runs.map(({ maxima }) => sum(maxima[index]!));
  const paired = runs.map((run) => problemWise(run.maxima[index]!, run.comparator));
  const always = {
    batch_win_rate: winRate(
      totals,
      runs.map((run) => sum(run.comparator)),
    ),
    problem_win_rate: mean(paired.map(({ wins }) => wins)),
    mean_difference: mean(paired.map(({ difference }) => difference)),
  };
  if (comparator) return always;
  const curves = runs.map(({ curve }) => curve!);
  const larger = Math.round(LARGER * budget);
  return {
    ...always,
    batch_win_rate_larger: winRate(
      totals,
      curves.map((curve) => curve[larger - 1]!),
    ),
    survival_time: mean(curves.map((curve, run) => survivalTime(totals[run]!, curve))),
    largest_budget_beaten: largestBudgetBeaten(totals, curves),
  };
}

/** What uniform allocation has against itself, for continuous rewards; NaN where no theory says it. */
export function nullValue(metric: AllocationMetric, budget: number): number {
  switch (metric) {
    case "batch_win_rate":
    case "problem_win_rate":
      return 0.5;
    case "survival_time":
      return survivalNull(budget);
    case "largest_budget_beaten":
      return budget;
    case "mean_difference":
      return 0;
    case "batch_win_rate_larger":
      return Number.NaN;
  }
}

function problemWise(mine: Float64Array, theirs: Float64Array): { wins: number; difference: number } {
  return {
    wins: winRate(mine, theirs),
    difference: mean(mine.map((value, i) => (value === theirs[i] ? 0 : value - theirs[i]!))),
  };
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
