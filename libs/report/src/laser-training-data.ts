import type {
  LaserEvaluationRow,
  LaserRankingRow,
  LaserStepRow,
  LaserTrainingManifest,
  LaserTrainingResults,
} from "@touchstone/core";
import { mean, standardDeviation, tInterval } from "@touchstone/stats";

/** What a page calls a rule: `laser`, `laser, noise 0.3`. */
interface Row {
  readonly row: string;
  readonly rule: string;
  readonly noise: number;
}

/** A mean over seeds with its 95 % interval by Student's t; null where fewer than two seeds leave it undefined. */
export interface SeedMean {
  readonly seeds: number;
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A metric of a rule after each iteration. */
export interface RuleCurve extends Row {
  readonly metric: string;
  readonly points: readonly (SeedMean & { readonly iteration: number })[];
}

/** left − right at the end of training, seed by seed, over the seeds that both have. */
export interface RuleDifference extends SeedMean {
  readonly left: string;
  readonly right: string;
  readonly metric: string;
}

/** Loss, or which reward model was asked, along the steps of a rule. */
export interface RuleSteps extends Row {
  readonly steps: readonly number[];
  /** Mean over seeds, before the update. */
  readonly loss: readonly (number | null)[];
  /** Share of seeds and steps of an iteration in which a reward model was asked, by model and iteration; empty where all always are. */
  readonly asked: Readonly<Record<string, readonly number[]>>;
}

/** What a rule had spent at the end of training, mean over seeds. */
export interface RuleSpend extends Row {
  readonly seeds: number;
  readonly samples: number;
  readonly completionTokens: number;
  readonly rewardTokens: number;
  readonly forwardTokens: number;
  readonly trainingTokens: number;
  readonly flops: number;
  readonly seconds: number;
}

/** What the page of an experiment that trains by reward models carries. */
export interface LaserTrainingPageData {
  readonly manifest: LaserTrainingManifest;
  readonly ranking: readonly LaserRankingRow[];
  readonly rows: readonly Row[];
  /** The last iteration. */
  readonly iterations: number;
  readonly problems: number;
  readonly split: string;
  readonly curves: readonly RuleCurve[];
  readonly differences: readonly RuleDifference[];
  readonly steps: readonly RuleSteps[];
  readonly spend: readonly RuleSpend[];
  readonly trials: readonly { readonly rate: number; readonly gold: number | null; readonly chosen: boolean }[];
}

/** Every rule is compared with this one where it is trained, and otherwise with the first. */
const REFERENCE = "laser";

export function laserTrainingPageData({ manifest, ranking, ...tables }: LaserTrainingResults): LaserTrainingPageData {
  const finals = tables.evaluations.filter(({ role }) => role === "final");
  const stepRows = tables.steps.filter(({ role }) => role === "final");
  const rows = [...new Map(finals.map((one) => [rowOf(one), { row: rowOf(one), ...ruleOf(one) }])).values()];
  const iterations = Math.max(0, ...finals.map(({ iteration }) => iteration));
  const gold = finals.find(({ metric }) => metric === "gold");
  return {
    manifest,
    ranking,
    rows,
    iterations,
    problems: gold?.problems ?? 0,
    split: gold?.split ?? "",
    curves: rows.flatMap((row) => curvesOf(row, finals)),
    differences: differencesOf(rows, finals, iterations),
    steps: rows.map((row) => stepsOf(row, stepRows, iterations)),
    spend: rows.map((row) => spendOf(row, finals, iterations)),
    trials: trialsOf(tables.evaluations),
  };
}

function ruleOf({ rule, noise }: { readonly rule: string; readonly noise: number }) {
  return { rule, noise };
}

function rowOf({ rule, noise }: { readonly rule: string; readonly noise: number }): string {
  return noise === 0 ? rule : `${rule}, noise ${noise}`;
}

function curvesOf(row: Row, finals: readonly LaserEvaluationRow[]): RuleCurve[] {
  const own = finals.filter((one) => rowOf(one) === row.row);
  return [...Map.groupBy(own, ({ metric }) => metric)].map(([metric, found]) => ({
    ...row,
    metric,
    points: [...Map.groupBy(found, ({ iteration }) => iteration)]
      .toSorted(([a], [b]) => a - b)
      .map(([iteration, seeds]) => ({ iteration, ...seedMean(seeds.map(({ estimate }) => estimate)) })),
  }));
}

/**
 * Against the reference rule; under noise against the same rule without; and the reference against the policy as it was. Seeds share
 * prompts and responses, so that the differences of seeds are what varies.
 */
function differencesOf(
  rows: readonly Row[],
  finals: readonly LaserEvaluationRow[],
  iterations: number,
): readonly RuleDifference[] {
  const reference = rows.find(({ row }) => row === REFERENCE) ?? rows[0];
  if (reference === undefined) return [];
  const metrics = [
    ...new Set(finals.filter(({ iteration }) => iteration === iterations).map(({ metric }) => metric)),
  ].filter((metric) => metric !== "earned" && metric !== "response_tokens");
  const at = (row: string, metric: string, iteration: number) =>
    new Map(
      finals
        .filter((one) => rowOf(one) === row && one.metric === metric && one.iteration === iteration)
        .map(({ seed, estimate }) => [seed, estimate]),
    );
  const difference = (
    [left, from]: readonly [string, number],
    [right, to]: readonly [string, number],
    metric: string,
  ): Omit<RuleDifference, "left" | "right" | "metric"> => {
    const theirs = at(right, metric, to);
    const pairs = [...at(left, metric, from)].flatMap(([seed, value]) => {
      const other = theirs.get(seed) ?? null;
      return value === null || other === null ? [] : [value - other];
    });
    return seedMean(pairs);
  };
  return metrics
    .flatMap((metric) => [
      ...rows.map(({ row }) => ({
        left: row,
        right: "as it was",
        metric,
        ...difference([row, iterations], [row, 0], metric),
      })),
      ...rows.flatMap(({ row, rule, noise }) => {
        if (row === reference.row) return [];
        const clean = noise > 0 ? rule : reference.row;
        // Noise is held against the same rule without it, all else against the reference.
        const [left, right] = noise > 0 ? [row, clean] : [reference.row, row];
        return [{ left, right, metric, ...difference([left, iterations], [right, iterations], metric) }];
      }),
    ])
    .filter(({ seeds }) => seeds > 0);
}

function stepsOf(row: Row, all: readonly LaserStepRow[], iterations: number): RuleSteps {
  const own = all.filter((one) => rowOf(one) === row.row);
  const byStep = [...Map.groupBy(own, ({ step }) => step)].toSorted(([a], [b]) => a - b);
  const perIteration = byStep.length / Math.max(1, iterations);
  const models = [...new Set(own.map((one) => one.reward_model))].filter((name) => name !== "");
  const share = (model: string, iteration: number): number => {
    const here = own.filter(({ step }) => Math.floor(step / perIteration) === iteration);
    return here.length === 0 ? 0 : here.filter((one) => one.reward_model === model).length / here.length;
  };
  return {
    ...row,
    steps: byStep.map(([step]) => step + 1),
    loss: byStep.map(([, seeds]) => seedMean(seeds.map(({ loss }) => loss)).estimate),
    asked: Object.fromEntries(
      models.map((model) => [model, Array.from({ length: iterations }, (_, i) => share(model, i))]),
    ),
  };
}

function spendOf(row: Row, finals: readonly LaserEvaluationRow[], iterations: number): RuleSpend {
  const ends = finals.filter((one) => rowOf(one) === row.row && one.metric === "gold" && one.iteration === iterations);
  const over = (of: (one: LaserEvaluationRow) => number): number => mean(ends.map(of));
  return {
    ...row,
    seeds: ends.length,
    samples: over((one) => one.drawn_samples),
    completionTokens: over((one) => one.completion_tokens),
    rewardTokens: over((one) => one.reward_tokens),
    forwardTokens: over((one) => one.extra_forward_tokens),
    trainingTokens: over((one) => one.training_tokens),
    flops: over(({ flops }) => flops),
    seconds: over(({ seconds }) => seconds),
  };
}

function trialsOf(evaluations: readonly LaserEvaluationRow[]): LaserTrainingPageData["trials"] {
  const rates = new Set(evaluations.filter(({ role }) => role === "final").map((one) => one.learning_rate));
  return evaluations
    .filter(({ role, metric }) => role === "trial" && metric === "gold")
    .map(({ learning_rate: rate, estimate }) => ({ rate, gold: estimate, chosen: rates.has(rate) }));
}

function seedMean(values: readonly (number | null)[]): SeedMean {
  const known = values.filter((value) => value !== null);
  const estimate = mean(known);
  const { low, high } = tInterval(estimate, standardDeviation(known) / Math.sqrt(known.length), known.length - 1);
  return { seeds: known.length, estimate: orNull(estimate), low: orNull(low), high: orNull(high) };
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
