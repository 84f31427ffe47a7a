import { canonicalJson, type LedgerRow, type ManifestTuning, type Search, type TuningRow } from "@touchstone/core";
import { cellValue, estimateOf, type CellResult } from "./cell-record.ts";
import { contendersOf } from "./cells.ts";
import { evaluate } from "./evaluate.ts";
import { fill, type FillReport } from "./fill.ts";
import { tuningRow } from "./ledger-rows.ts";
import { chosenProblems } from "./problems.ts";
import type { WorkOptions } from "./progress.ts";
import { resultRows, type Scene } from "./rows.ts";
import { byShownName, required, type RunSetting } from "./setting.ts";
import type { MethodChoice } from "./suite-schema.ts";
import { methodNamed } from "./suite.ts";
import { shareOf, trialsOf } from "./tune-points.ts";
import { primaryBudget, trialKey, tuningSetting } from "./tune-setting.ts";

/** What validation chose. */
export interface Tuned {
  /** The setting with a row of source `validation` beside every row that has something to tune. */
  readonly setting: RunSetting;
  /** Every trial with its score and its spend. */
  readonly rows: readonly TuningRow[];
  /** For every row that validation chose, what all its trials spent, on learning too. */
  readonly ledger: readonly LedgerRow[];
  /** For the manifest; absent where the suite tunes nothing. */
  readonly summary: ManifestTuning | undefined;
  readonly filled: FillReport | undefined;
}

/** A row that validation chose, and the row of the suite that it stands beside. */
interface Chosen {
  readonly beside: string;
  readonly choice: MethodChoice;
}

/**
 * Chooses the parameters of every method with knobs (law 3), apart for each dataset, model, decoding and reward model: the
 * trial with the highest gold score at the primary budget on problems of the tuning split. Fills the pool with what that
 * needs, so that the same call continues after an interruption and replays afterwards. No problem of the suite's own split is
 * read.
 */
export async function tune(setting: RunSetting, options: WorkOptions = {}): Promise<Tuned> {
  const tuning = tuningSetting(setting);
  if (!tuning) return { setting, rows: [], ledger: [], summary: undefined, filled: undefined };
  const filled = await fill(tuning, options);
  const rows: TuningRow[] = [];
  const chosen: Chosen[] = [];
  const tuned: (readonly TuningRow[])[] = [];
  const tables = await evaluate(tuning, options, (scene, bySeed) => {
    for (const choice of setting.suite.methods) {
      for (const found of chooseIn(setting, scene, bySeed, choice)) {
        rows.push(...found.rows);
        tuned.push(found.rows);
        chosen.push({ beside: trialKey(choice), choice: found.chosen });
      }
    }
  });
  const methods = setting.suite.methods.flatMap((choice) => [
    choice,
    ...chosen.filter(({ beside }) => beside === trialKey(choice)).map((row) => row.choice),
  ]);
  return {
    setting: { ...setting, suite: { ...setting.suite, methods } },
    rows,
    ledger: tuned.flatMap((trials) => ledgerOf(trials, tables.ledger ?? [])),
    summary: summaryOf(setting, tuning, rows, filled),
    filled,
  };
}

/** The row of the ledger for what these trials of one entry spent. */
function ledgerOf(trials: readonly TuningRow[], ledger: readonly LedgerRow[]): readonly LedgerRow[] {
  const chosen = trials.find((trial) => trial.chosen)!;
  const spellings = trials.map(({ parameters }) => parameters);
  const { dataset, model, decoding, method, reward_model: rewardModel } = chosen;
  const spent = ledger.filter(
    (row) =>
      row.dataset === dataset &&
      row.model === model &&
      row.decoding === decoding &&
      row.method === method &&
      row.reward_model === rewardModel &&
      spellings.includes(row.parameters),
  );
  // A budget that buys no sample has spent nothing.
  return spent.length === 0 ? [] : [tuningRow(chosen, spellings, spent)];
}

/** The trials of one entry in one scene, by reward model. */
function chooseIn(
  { suite, methods, rewardModels }: RunSetting,
  scene: Scene,
  bySeed: readonly (readonly CellResult[])[],
  choice: MethodChoice,
): { readonly rows: readonly TuningRow[]; readonly chosen: MethodChoice }[] {
  const method = methodNamed(choice.name, methods);
  const trials = trialsOf(method, choice, suite.tuning!.trials);
  if (trials.length === 0) return [];
  const spellings = trials.map((parameters) => canonicalJson(parameters));
  const shown = [...byShownName(suite.rewardModels, rewardModels).keys()];
  const own = contendersOf({ methods: [choice] }, methods, shown, scene);
  const cells = (bySeed[0] ?? []).flatMap((cell, index) => {
    const { method: name, parameters, reward_model: rewardModel } = cell.head;
    const trial = name === choice.name ? spellings.indexOf(parameters) : -1;
    const wanted = trial !== -1 && own.some((contender) => contender.rewardModel === rewardModel);
    return wanted ? [{ trial, index, rewardModel }] : [];
  });
  return Array.from(
    Map.groupBy(cells, ({ rewardModel }) => rewardModel),
    ([rewardModel, group]) => {
      const scored = group
        .toSorted((a, b) => a.trial - b.trial)
        .map(({ trial, index }) => {
          const ofSeeds = bySeed.map((list) => list[index]!);
          return { trial, parameters: trials[trial]!, cells: ofSeeds, score: scoreOf(ofSeeds, scene) };
        });
      const best = bestTrial(scored, method.search!);
      const { dataset, model, decoding } = scene;
      return {
        rows: scored.map(({ trial, cells: ofSeeds }) => trialRow(scene, ofSeeds, trial, trial === best.trial)),
        chosen: {
          ...choice,
          parameters: best.parameters,
          source: "validation" as const,
          place: { dataset, model, decoding, rewardModel },
        },
      };
    },
  );
}

interface Scored {
  readonly trial: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** NaN where the trial has no value: it cannot be chosen before one that has. */
  readonly score: number;
}

/**
 * The trial with the highest score. Of equal ones the suite's own parameters (trial 0); then those nearest to them, by the
 * distance over the numeric knobs, each from 0 to 1 on its scale (nearest to the middle of the ranges where the trials have
 * another unit than the suite's own parameters); then in order.
 */
export function bestTrial<S extends Scored>(trials: readonly S[], { knobs, fixed = {} }: Search): S {
  const own = trials[0]!;
  const sameUnit = Object.entries(fixed).every(([name, value]) => own.parameters[name] === value);
  const distance = ({ parameters }: S): number =>
    Object.entries(knobs).reduce((sum, [name, knob]) => {
      const [a, b] = [parameters[name], own.parameters[name]];
      if (knob.scale === "choice") return sum + (canonicalJson([a]) === canonicalJson([b]) ? 0 : 1);
      const to = sameUnit && typeof b === "number" ? shareOf(knob, b) : 0.5;
      return typeof a === "number" ? sum + (shareOf(knob, a) - to) ** 2 : sum;
    }, 0);
  const value = ({ score }: S): number => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score);
  return trials.reduce((best, trial) => {
    if (value(trial) !== value(best)) return value(trial) > value(best) ? trial : best;
    return best !== own && distance(trial) < distance(best) ? trial : best;
  });
}

/** Mean over seeds of the mean gold score over problems. */
function scoreOf(cells: readonly CellResult[], { clusters }: Scene): number {
  const scores = cells.map(({ problems }) =>
    problems.length === 0 ? Number.NaN : estimateOf(problems, "accuracy", clusters).estimate,
  );
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** Over seeds: the mean of everything; the standard error is the first seed's, since seeds share their problems. */
function trialRow(scene: Scene, cells: readonly CellResult[], trial: number, chosen: boolean): TuningRow {
  const rows = cells.map((cell) => resultRows(scene, cell, 0)[0]!);
  const first = rows[0]!;
  const over = (value: (row: (typeof rows)[number]) => number | null): number | null => {
    const values = rows.map(value);
    return values.includes(null) ? null : cellValue(values.reduce<number>((sum, v) => sum + v!, 0) / values.length);
  };
  return {
    suite: first.suite,
    dataset: first.dataset,
    split: first.split,
    model: first.model,
    decoding: first.decoding,
    method: first.method,
    reward_model: first.reward_model,
    trial,
    parameters: first.parameters,
    chosen,
    budget_unit: first.budget_unit,
    budget: first.budget,
    metric: first.metric,
    estimate: over((row) => row.estimate),
    standard_error: first.standard_error,
    problems: first.problems,
    seeds: rows.length,
    prompt_tokens: over((row) => row.prompt_tokens),
    completion_tokens: over((row) => row.completion_tokens),
    reward_tokens: over((row) => row.reward_tokens),
    rounds: over((row) => row.rounds),
    flops: over((row) => row.flops),
  };
}

function summaryOf(
  { suite }: RunSetting,
  tuning: RunSetting,
  rows: readonly TuningRow[],
  filled: FillReport,
): ManifestTuning {
  const problems = tuning.suite.datasets.map(({ name, split, limit }) => {
    const dataset = required(tuning.datasets, name, "dataset");
    return { dataset: dataset.name, problems: chosenProblems(dataset, split, limit).length };
  });
  const spent = rows.reduce((sum, row) => sum + (row.flops ?? 0) * row.problems * row.seeds, 0);
  return {
    split: suite.tuning!.split,
    trials: suite.tuning!.trials,
    budget: primaryBudget(suite),
    budget_unit: suite.budgets.unit,
    objective: "accuracy",
    problems,
    flops: spent,
    samples: filled.samples,
    chosen: rows
      .filter(({ chosen }) => chosen)
      .map(({ dataset, model, decoding, method, reward_model, parameters, estimate, trial }) => ({
        dataset,
        model,
        decoding,
        method,
        reward_model,
        trial,
        parameters,
        estimate,
      })),
  };
}
