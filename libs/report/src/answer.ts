import type { ComparisonRow, DiagnosticRow, QuestionRow, RunResults } from "@touchstone/core";
import { abstentionsOf } from "./abstentions.ts";
import { budgetText, list, percent, percentInterval, points } from "./format.ts";
import { overOptimisation } from "./over-optimisation.ts";
import { curve, variantKey, type Series } from "./series.ts";
import { GOLD, hasGold, nameIn, settingsOf } from "./settings.ts";
import type { Group, Setting } from "./settings.ts";

/** What the run says of one reward model's group at the largest budget, in words. */
export interface Answer {
  /** The `key` of its setting. */
  readonly setting: string;
  readonly rewardModel: string;
  /** `At 64 samples with arith-good: best-of-n over majority-vote by 2.1 ± 1.4 points; weighted-vote tied.` */
  readonly text: string;
  /** What has to be known beside it: what the comparison could see, planted flaws, accuracy lost to larger budgets. */
  readonly notes: readonly string[];
}

/** More methods than this are summed up: `and 3 more by at least 5.2 points`, `and 9 more tied`. */
const NAMED = 4;

/**
 * The answer of every group. `±` is half of the 95 % interval of a difference paired by problem. A method is "over" another
 * where the Holm-adjusted p is below .05, "tied" where it is not; nothing is said of an order among tied methods.
 */
export function answerInWords(run: Omit<RunResults, "samples">): Answer[] {
  return settingsOf(run).flatMap((setting) =>
    setting.groups.map((group) => ({
      setting: setting.key,
      rewardModel: group.rewardModel,
      text: answer(setting, group),
      notes: [
        ...power(group),
        ...abstained(setting, group, run.diagnostics),
        ...losses(setting, group, run.questions),
        ...plantedNote(group),
        ...poolNote(setting, group),
      ],
    })),
  );
}

function answer(setting: Setting, group: Group): string {
  const budget = largest(group);
  const planted = group.planted === null ? "" : " (planted flaw)";
  const where = `At ${budgetText(budget, setting.unit)}${group.rewardModel === "" ? "" : ` with ${group.rewardModel}${planted}`}`;
  if (!hasGold(group))
    return `${where}: no gold. Nothing says which of these answers are right, so that no method is better or worse; rewards are proxies.`;
  const rows = decided(group);
  if (rows.length === 0) return `${where}: ${lonely(group, budget)}`;

  const best = nameIn(group, rows[0]!.best, rows[0]!.best_parameters);
  const name = (row: ComparisonRow) => nameIn(group, row.method, row.parameters);
  const tied = rows.filter((row) => row.tied);
  const worse = rows.filter((row) => !row.tied).toSorted((a, b) => a.difference - b.difference);
  if (worse.length === 0) {
    const level = estimateOf(group, rows[0]!.best, rows[0]!.best_parameters, budget);
    const [only] = tied;
    return tied.length === 1
      ? `${where}: ${best} and ${name(only!)} cannot be told apart${level}.`
      : `${where}: none of the ${tied.length} other methods can be told apart from ${best}${level}.`;
  }
  const named = worse.length > NAMED ? worse.slice(0, NAMED - 1) : worse;
  const over = named.map((row) => `${name(row)} by ${points(row.difference, row.ci_low, row.ci_high)}`);
  if (named.length < worse.length) {
    const rest = worse.slice(named.length);
    over.push(`${rest.length} more by at least ${percent(rest[0]!.difference)}`);
  }
  const also =
    tied.length > 0 ? `; ${list(summedUp(tied).map((one) => (typeof one === "string" ? one : name(one))))} tied` : "";
  return `${where}: ${best} over ${list(over)} points${also}.`;
}

/** Few tied methods in the order of the table; of many the closest, and how many more. */
function summedUp(tied: readonly Decided[]): readonly (Decided | string)[] {
  if (tied.length <= NAMED) return tied;
  const closest = tied.toSorted((a, b) => a.difference - b.difference).slice(0, NAMED - 1);
  return [...closest, `${tied.length - closest.length} more`];
}

type Decided = ComparisonRow & { difference: number; ci_low: number; ci_high: number };

/** The comparisons at the largest budget that have a difference and an interval, of methods that decided at all. */
function decided(group: Group): Decided[] {
  const budget = largest(group);
  const silent = new Set(silentIn(group).map((series) => variantKey(series.method, series.parameters)));
  return group.comparisons.filter(
    (row): row is Decided =>
      row.budget === budget &&
      row.difference !== null &&
      row.ci_low !== null &&
      row.ci_high !== null &&
      variantKey(row.method, row.parameters) !== variantKey(row.best, row.best_parameters) &&
      !silent.has(variantKey(row.method, row.parameters)),
  );
}

/** Methods that abstained on every problem at the largest budget: their score of 0 is no decision. */
function silentIn(group: Group): Series[] {
  return group.series.filter(
    (series) =>
      series.kind === "method" &&
      curve(series, GOLD).some((row) => row.budget === largest(group) && row.abstained === 1),
  );
}

function abstained(setting: Setting, group: Group, diagnostics: readonly DiagnosticRow[]): string[] {
  const silent = silentIn(group);
  if (silent.length === 0) return [];
  const reasonsOf = (series: Series) =>
    abstentionsOf(diagnostics, setting, series, largest(group)).map(({ reason }) => reason);
  const byReason = Map.groupBy(silent, (series) => reasonsOf(series).join("; "));
  const pages = [...new Set(silent.map(({ method }) => `docs/methods/${method}.md`))];
  const why = Array.from(byReason, ([reasons, of]) => {
    const names = list(of.map(({ name }) => name));
    return reasons === "" ? names : `${names} (${reasons})`;
  });
  return [
    `${list(why)} abstained on every problem at ${budgetText(largest(group), setting.unit)}, ${hasGold(group) ? "which counts as wrong and decides nothing" : "which decides nothing"}: see ${list(pages)}.`,
  ];
}

function lonely(group: Group, budget: number): string {
  const silent = silentIn(group);
  const methods = group.series.filter(
    (series) =>
      series.kind === "method" && !silent.includes(series) && curve(series, GOLD).some((row) => row.budget === budget),
  );
  if (methods.length === 0 && silent.length > 0) return "no method decided anything.";
  if (methods.length !== 1) return "the methods could not be compared (too few problems or undefined estimates).";
  const [only] = methods;
  return `${only!.name}${estimateOf(group, only!.method, only!.parameters, budget)}; there was no other method to compare it with.`;
}

function estimateOf(group: Group, method: string, parameters: string, budget: number): string {
  const series = group.series.find((s) => s.method === method && s.parameters === parameters);
  const row = series && curve(series, GOLD).find((r) => r.budget === budget);
  if (row === undefined) return "";
  const interval =
    row.ci_low === null || row.ci_high === null ? "" : `, 95 % interval ${percentInterval(row.ci_low, row.ci_high)}`;
  return ` (${percent(row.estimate)} %${interval}, ${row.problems} problems)`;
}

/**
 * What a tie means here: the difference that this many problems could have shown. Two methods that scored alike on every problem
 * have differences without spread, of which nothing can be said.
 */
function power(group: Group): string[] {
  const unseen = decided(group)
    .filter((row) => row.tied && (row.minimum_detectable_difference ?? 0) > 0)
    .map((row) => row.minimum_detectable_difference!);
  if (unseen.length === 0) return [];
  const low = percent(Math.min(...unseen));
  const high = percent(Math.max(...unseen));
  const points_ = low === high ? low : `${low} to ${high}`;
  return [
    `Tied is not equal: with ${decided(group)[0]!.problems} problems a true difference below ${points_} points would be missed more than one time in five.`,
  ];
}

/** Methods that lose accuracy towards the largest budget, with how much. */
function losses(setting: Setting, group: Group, questions: readonly QuestionRow[]): string[] {
  const methods = group.series.filter((series) => series.kind === "method" && series.rewardModel !== "");
  const found = [...new Map(methods.map((series) => [series.name, series])).values()]
    .flatMap((series) => {
      const one = overOptimisation(series, questions);
      return one === null ? [] : [{ series, ...one }];
    })
    .toSorted((a, b) => b.loss - a.loss);
  const told = found.length > NAMED ? found.slice(0, NAMED - 1) : found;
  const notes = told.map(
    ({ series, peak, last, loss, low, high }) =>
      `${series.name} over-optimises ${series.rewardModel}: ${percent(peak.estimate)} % at ${budgetText(peak.budget, setting.unit)}, ` +
      `${percent(last.estimate)} % at ${budgetText(last.budget, setting.unit)}, a loss of ${points(loss, low, high)} points.`,
  );
  const rest = found.slice(told.length);
  return rest.length === 0
    ? notes
    : [
        ...notes,
        `${rest.length} more lose up to ${percent(rest[0]!.loss)} points: ${list(rest.map(({ series }) => series.name))}.`,
      ];
}

function plantedNote(group: Group): string[] {
  return group.planted === null
    ? []
    : [`${group.rewardModel} carries a flaw that was planted on purpose: ${group.planted.replace(/\.?$/, ".")}`];
}

function poolNote(setting: Setting, group: Group): string[] {
  const budget = largest(group);
  const flagged = group.series.some((s) => s.rows.some((row) => row.budget === budget && row.flag === "pool-below-4x"));
  return flagged
    ? [
        `The pool is smaller than four times ${budgetText(budget, setting.unit)}: its random subsets overlap, so that this point is less certain than its interval says.`,
      ]
    : [];
}

function largest(group: Group): number {
  return group.budgets.at(-1)!;
}
