import type { ComparisonRow, ResultRow, RunResults } from "@touchstone/core";
import { reads, seriesOf, variantKey } from "./series.ts";
import type { Series } from "./series.ts";

/** The metric that decides: the mean gold grade. */
export const GOLD = "accuracy";
/** The metric that a method sees: the mean reward of its decisions. */
export const PROXY = "proxy_reward";

/** The methods that can be compared with one another: those with one reward model, and those that need none. */
export interface Group {
  /** Empty where no method of the run uses a reward model. */
  readonly rewardModel: string;
  /** The deliberate flaw of the reward model in one sentence, or null. */
  readonly planted: string | null;
  readonly series: readonly Series[];
  /** By gold accuracy, at every budget. */
  readonly comparisons: readonly ComparisonRow[];
  /** Ascending. */
  readonly budgets: readonly number[];
}

/** A grid of methods and budgets: one dataset, split, model, decoding and budget unit. */
export interface Setting {
  readonly key: string;
  readonly dataset: string;
  readonly split: string;
  readonly model: string;
  readonly decoding: string;
  readonly unit: ResultRow["budget_unit"];
  readonly problems: number;
  readonly clusters: number;
  readonly series: readonly Series[];
  readonly groups: readonly Group[];
  readonly budgets: readonly number[];
  /** The deliberate flaws of its reward models, by name; narrowing keeps them. */
  readonly flaws: ReadonlyMap<string, string>;
}

type Run = Pick<RunResults, "results" | "comparisons" | "manifest">;

/**
 * The settings of a run. A method with a decoding of its own (greedy) belongs to the setting of every decoding in which
 * other methods of the same dataset and model were compared.
 */
export function settingsOf(run: Run): Setting[] {
  return [...Map.groupBy(run.results, gridKey)].flatMap(([grid, rows]) => {
    const comparisons = run.comparisons.filter((row) => gridKey(row) === grid);
    return mainDecodings(rows, comparisons).map((decoding) => {
      const own = rows.filter((row) => row.decoding === decoding);
      const sameMethod = new Set(own.map((row) => row.method));
      const guests = rows.filter((row) => row.decoding !== decoding && !sameMethod.has(row.method));
      return settingOf(
        [...own, ...guests],
        comparisons.filter((row) => row.decoding === decoding),
        run.manifest,
        decoding,
      );
    });
  });
}

function gridKey(row: Pick<ResultRow, "dataset" | "split" | "model" | "budget_unit">): string {
  return JSON.stringify([row.dataset, row.split, row.model, row.budget_unit]);
}

function mainDecodings(rows: readonly ResultRow[], comparisons: readonly ComparisonRow[]): string[] {
  const compared = new Set(comparisons.map((row) => row.decoding));
  const counts = Map.groupBy(rows, (row) => row.decoding);
  const mostUsed = [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0];
  const inResults = [...counts.keys()].filter((decoding) => compared.has(decoding));
  return inResults.length > 0 ? inResults : mostUsed ? [mostUsed[0]] : [];
}

function settingOf(
  rows: readonly ResultRow[],
  comparisons: readonly ComparisonRow[],
  manifest: Run["manifest"],
  decoding: string,
): Setting {
  const { dataset, split, model, budget_unit: unit } = rows[0]!;
  const series = seriesOf(rows);
  const rewardModels = [...new Set(series.flatMap((s) => s.rewardModel.split("+")).filter((name) => name !== ""))];
  return {
    key: JSON.stringify([dataset, split, model, decoding, unit]),
    dataset,
    split,
    model,
    decoding,
    unit,
    problems: Math.max(...rows.map(problemsOf)),
    clusters: Math.max(...rows.map((row) => row.clusters)),
    series,
    budgets: budgetsOf(series),
    flaws: new Map(
      rewardModels.flatMap((name) => {
        const flaw = plantedFlaw(manifest, name);
        return flaw === null ? [] : [[name, flaw]];
      }),
    ),
    groups: (rewardModels.length > 0 ? rewardModels : [""]).map((rewardModel) => {
      const members = series.filter((s) => s.rewardModel === "" || reads(s.rewardModel, rewardModel));
      return {
        rewardModel,
        planted: plantedFlaw(manifest, rewardModel),
        series: members,
        comparisons: comparisons.filter((row) => row.reward_model === rewardModel && row.metric === GOLD),
        budgets: budgetsOf(members),
      };
    }),
  };
}

/** A row without gold counts no problem towards its estimate, which it does not have: its batches hold them all. */
function problemsOf(row: ResultRow): number {
  return row.flag === "no-gold" ? row.batch_size * row.batches : row.problems;
}

/** Whether anything says which answers are right: otherwise there are rewards, and no accuracy. */
export function hasGold({ series }: Pick<Setting, "series">): boolean {
  return !series.every(({ rows }) => rows.every((row) => row.metric !== GOLD || row.flag === "no-gold"));
}

/** A setting with one reward model alone: its group, and the series of that group. An unknown name changes nothing. */
export function narrowed(setting: Setting, rewardModel: string): Setting {
  const group = setting.groups.find((one) => one.rewardModel === rewardModel);
  return group === undefined ? setting : { ...setting, groups: [group], series: group.series };
}

/** More methods than this are too many to tell apart by colour, or to list in a sentence. */
export const FEW = 8;

/** The labels of a setting's methods, in order of appearance; a method with several reward models counts once. */
export function methodLabels({ series }: Pick<Setting, "series">): string[] {
  return [...new Set(series.filter(({ kind }) => kind === "method").map(({ label }) => label))];
}

/** The flaw of a reward model in one of the setting's groups, or null; names joined by `+` are several. */
export function plantedIn(setting: Setting, rewardModels: string): string | null {
  return [...setting.flaws].find(([name]) => reads(rewardModels, name))?.[1] ?? null;
}

/** What a group calls a method of its comparisons. */
export function nameIn(group: Group, method: string, parameters: string): string {
  const key = variantKey(method, parameters);
  return group.series.find((one) => variantKey(one.method, one.parameters) === key)?.name ?? method;
}

/** The deliberate flaw of a reward model (law 10), or null. */
export function plantedFlaw(manifest: Run["manifest"], rewardModel: string): string | null {
  return manifest.models.find((m) => m.role === "reward-model" && m.name === rewardModel)?.planted ?? null;
}

function budgetsOf(series: readonly Series[]): number[] {
  return [...new Set(series.flatMap((s) => s.rows.map((row) => row.budget)))].toSorted((a, b) => a - b);
}
