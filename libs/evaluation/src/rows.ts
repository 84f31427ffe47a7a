import type { BudgetUnit, CurveRow, QuestionRow, ResultRow, Spend } from "@touchstone/core";
import { lengthControlledWinRate, mean, normalInterval } from "@touchstone/stats";
import { cellValue, errorOf, estimateOf, valueOf, type CellProblem, type CellResult } from "./cell-record.ts";
import type { Contender } from "./cells.ts";
import type { FitSpend } from "./fit.ts";

/** The columns that all cells of one policy on one dataset share, and its problems. */
export interface Scene {
  readonly suite: string;
  readonly dataset: string;
  readonly split: string;
  readonly model: string;
  readonly decoding: string;
  readonly unit: BudgetUnit;
  /** Ids and clusters of the evaluated problems. */
  readonly problems: readonly string[];
  readonly clusters: readonly string[];
  /**
   * `none`: nothing says what is right (the dataset's grader), so that accuracies have no estimate. `judge`: accuracies are win rates against
   * the references.
   */
  readonly gold?: "none" | "judge";
}

/** One row a metric of a cell with one seed. */
export function resultRows(scene: Scene, cell: CellResult, seed: number): ResultRow[] {
  const { problems } = cell;
  const empty = problems.length === 0;
  const over = (value: (problem: CellProblem) => number): number | null => cellValue(mean(problems.map(value)));
  const spent = (value: (spend: Spend) => number | undefined): number | null =>
    over(({ spend }) => value(spend) ?? Number.NaN);
  const seconds = spent((spend) => spend.seconds);
  const rows = cell.metrics.map((metric) => {
    const estimate = empty ? undefined : estimateOf(problems, metric, scene.clusters);
    return {
      ...columnsOf(scene, cell),
      batch_size: cell.batches.size,
      batches: cell.batches.count,
      metric,
      estimate: cellValue(estimate?.estimate),
      standard_error: cellValue(estimate?.standardError),
      ci_low: cellValue(estimate?.low),
      ci_high: cellValue(estimate?.high),
      problems: estimate?.n ?? 0,
      clusters: estimate?.clusters ?? 0,
      replicates: problems[0]?.outcome.replicates ?? 0,
      monte_carlo_error: cellValue(estimate?.monteCarloError),
      flag: metric === "accuracy" ? flagOf(scene, cell) : cell.flag,
      prompt_tokens: spent((spend) => spend.promptTokens),
      completion_tokens: spent((spend) => spend.completionTokens),
      reward_tokens: spent((spend) => spend.rewardTokens),
      rounds: spent((spend) => spend.rounds),
      flops: spent((spend) => spend.flops),
      wall_seconds: seconds,
      time_source: seconds === null ? "" : "measured",
      unparsable: over((problem) => problem.unparsable),
      truncated: over((problem) => problem.truncated),
      failed: over((problem) => problem.failed),
      abstained: over((problem) => problem.outcome.abstained),
      seed,
    };
  });
  const accuracy = rows.find(({ metric }) => metric === "accuracy");
  const controlled = scene.gold === "judge" && accuracy && lengthControlled(problems);
  return controlled ? [...rows, { ...accuracy, ...controlled }] : rows;
}

function flagOf({ gold }: Scene, { flag }: CellResult): string {
  if (gold === "none") return "no-gold";
  return gold === "judge" && flag === "" ? "judged" : flag;
}

/** The win rate with length control, from each problem's expected preference and length. */
function lengthControlled(problems: readonly CellProblem[]) {
  const judged = problems.filter(({ outcome }) => Number.isFinite(outcome.lengthDifference ?? Number.NaN));
  if (judged.length === 0) return undefined;
  const rate = lengthControlledWinRate({
    preferences: judged.map(({ outcome }) => outcome.accuracy),
    lengthDifferences: judged.map(({ outcome }) => outcome.lengthDifference!),
  });
  const { low, high } = normalInterval(rate.lengthControlled, rate.lengthControlledStandardError);
  return {
    metric: "length_controlled_win_rate",
    estimate: cellValue(rate.lengthControlled),
    standard_error: cellValue(rate.lengthControlledStandardError),
    ci_low: cellValue(low),
    ci_high: cellValue(high),
    problems: judged.length,
  };
}

/** One row a problem and metric: the mean over seeds, whose replicates add up. `bySeed` holds the same cell of every seed. */
export function questionRows(scene: Scene, bySeed: readonly CellResult[]): QuestionRow[] {
  const [first] = bySeed;
  if (!first) return [];
  return first.metrics.flatMap((metric) =>
    scene.problems.flatMap((problem, index) => {
      const records = bySeed.map((cell) => cell.problems[index]).filter((record) => record !== undefined);
      if (records.length === 0) return [];
      const squares = records.reduce((sum, record) => sum + errorOf(record, metric) ** 2, 0);
      return [
        {
          ...columnsOf(scene, first),
          metric,
          problem,
          cluster: scene.clusters[index]!,
          estimate: cellValue(mean(records.map((record) => valueOf(record, metric)))),
          replicates: records.reduce((sum, { outcome }) => sum + outcome.replicates, 0),
          monte_carlo_error: cellValue(Math.sqrt(squares) / records.length),
          abstained: cellValue(mean(records.map(({ outcome }) => outcome.abstained))),
        },
      ];
    }),
  );
}

/** One row a point of every curve that methods reported of their learning. */
export function curveRows(
  { suite, dataset, split, model, decoding, unit }: Scene,
  fits: readonly (Pick<FitSpend, "budget" | "curves"> & {
    readonly contender: Pick<Contender, "parameters" | "rewardModel"> & { readonly method: { readonly name: string } };
  })[],
  seed: number,
): CurveRow[] {
  return fits.flatMap(({ contender, budget, curves }) =>
    Object.entries(curves).flatMap(([name, values]) =>
      values.map((value, step) => ({
        suite,
        dataset,
        split,
        model,
        decoding,
        method: contender.method.name,
        parameters: contender.parameters,
        reward_model: contender.rewardModel,
        budget_unit: unit,
        budget,
        name,
        step: step + 1,
        value: cellValue(value),
        seed,
      })),
    ),
  );
}

function columnsOf(scene: Scene, { head, budget }: CellResult) {
  const { suite, dataset, split, model, decoding, unit } = scene;
  return { suite, dataset, split, model, decoding, ...head, budget_unit: unit, budget };
}
