import type { QuestionRow } from "@touchstone/core";
import { holm, pairedComparison } from "@touchstone/stats";
import { curve } from "./series.ts";
import type { Series } from "./series.ts";
import { GOLD } from "./settings.ts";

/** A method that is less accurate at its largest budget than at a smaller one. */
export interface OverOptimisation {
  /** The budget of its highest accuracy, and its largest. */
  readonly peak: Level;
  readonly last: Level;
  /** Peak − last, paired by problem, with its 95 % interval. */
  readonly loss: number;
  readonly low: number;
  readonly high: number;
}

interface Level {
  readonly budget: number;
  readonly estimate: number;
}

/**
 * Whether a method loses accuracy towards its largest budget: that budget is compared with every smaller one, paired by
 * problem and clustered as in comparisons.csv, and p is adjusted by Holm over these comparisons, since the peak is picked
 * among them (ours). Null where the peak is not ahead at an adjusted p below .05, or not above the last estimate.
 */
export function overOptimisation(series: Series, questions: readonly QuestionRow[]): OverOptimisation | null {
  const levels = curve(series, GOLD);
  const last = levels.at(-1);
  const peak = levels.toSorted((a, b) => b.estimate - a.estimate)[0];
  if (last === undefined || peak === undefined || peak.budget === last.budget) return null;

  const byBudget = Map.groupBy(
    questions.filter((row) => row.metric === GOLD && belongsTo(series, row)),
    (row) => row.budget,
  );
  const ends = byBudget.get(last.budget) ?? [];
  const smaller = levels.slice(0, -1);
  const comparisons = smaller.map(({ budget }) => {
    const before = new Map((byBudget.get(budget) ?? []).map((row) => [row.problem, row.estimate]));
    return pairedComparison(
      ends.map((row) => before.get(row.problem) ?? Number.NaN),
      ends.map((row) => row.estimate ?? Number.NaN),
      ends.map((row) => row.cluster),
      { missing: "omit" },
    );
  });
  const adjusted = holm(comparisons.map(({ p }) => p));
  const index = smaller.indexOf(peak);
  const { difference, low, high } = comparisons[index]!;
  return difference > 0 && adjusted[index]! < 0.05 ? { peak, last, loss: difference, low, high } : null;
}

function belongsTo(series: Series, row: QuestionRow): boolean {
  const own = series.rows[0]!;
  return (
    row.method === own.method &&
    row.parameters === own.parameters &&
    row.parameters_source === own.parameters_source &&
    row.reward_model === own.reward_model &&
    row.dataset === own.dataset &&
    row.split === own.split &&
    row.model === own.model &&
    row.decoding === own.decoding &&
    row.budget_unit === own.budget_unit
  );
}
