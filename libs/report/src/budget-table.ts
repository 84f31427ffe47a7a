import type { RunResults } from "@touchstone/core";
import type { ResultRow } from "@touchstone/core";
import { curve, variantKey } from "./series.ts";
import type { Series } from "./series.ts";
import { GOLD, plantedIn, settingsOf } from "./settings.ts";
import type { Group, Setting } from "./settings.ts";

/** `best`: the highest estimate of the group at this budget; `tied`: not told apart from it (Holm-adjusted p ≥ .05). */
export type Mark = "best" | "tied" | "";

export interface BudgetCell {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly mark: Mark;
  readonly row: ResultRow;
}

export interface BudgetTableRow {
  readonly label: string;
  readonly kind: Series["kind"];
  /** Empty where the method uses none. */
  readonly rewardModel: string;
  readonly planted: string | null;
  /** One a budget of the table; null where the method has no estimate. */
  readonly cells: readonly (BudgetCell | null)[];
  readonly series: Series;
}

/** Methods by budgets, with gold accuracies in [0, 1]: what the terminal and the page draw. */
export interface BudgetTable {
  readonly setting: Setting;
  readonly group: Group;
  readonly budgets: readonly number[];
  /** Methods first, then reference lines. */
  readonly rows: readonly BudgetTableRow[];
}

/** One table a setting and reward model. Methods that need no reward model stand in each. */
export function budgetTables(run: Pick<RunResults, "results" | "comparisons" | "manifest">): BudgetTable[] {
  return settingsOf(run).flatMap((setting) => setting.groups.map((group) => budgetTable(setting, group)));
}

export function budgetTable(setting: Setting, group: Group): BudgetTable {
  const { budgets } = group;
  const rows = group.series.map((series) => {
    const byBudget = new Map(curve(series, GOLD).map((row) => [row.budget, row]));
    return {
      label: series.label,
      kind: series.kind,
      rewardModel: series.rewardModel,
      planted: series.rewardModel === "" ? null : plantedIn(setting, series.rewardModel),
      cells: budgets.map((budget) => {
        const row = byBudget.get(budget);
        if (row === undefined) return null;
        const mark = series.kind === "method" ? markOf(group, series, budget) : "";
        return { estimate: row.estimate, low: row.ci_low, high: row.ci_high, mark, row };
      }),
      series,
    };
  });
  return { setting, group, budgets, rows };
}

function markOf(group: Group, series: Series, budget: number): Mark {
  const own = variantKey(series.method, series.parameters);
  const here = group.comparisons.filter((row) => row.budget === budget);
  if (here.some((row) => variantKey(row.best, row.best_parameters) === own)) return "best";
  return here.some((row) => row.tied && row.difference !== null && variantKey(row.method, row.parameters) === own)
    ? "tied"
    : "";
}
