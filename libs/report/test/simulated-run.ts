import type { ComparisonRow, QuestionRow, ResultRow, RunResults } from "@touchstone/core";
import { clusteredMean, holm, monteCarloErrorOfMean, pairedComparison } from "@touchstone/stats";
import { defined, diagnostics, look, manifest, SHARED } from "./simulated-looks.ts";
import { evaluate, lines } from "./simulated-methods.ts";
import type { Line } from "./simulated-methods.ts";
import { REWARD_MODELS, simulatedPool } from "./simulated-pool.ts";
import type { SimulatedProblem, SimulatedSample } from "./simulated-pool.ts";

interface Options {
  readonly problems?: number;
  readonly poolSize?: number;
  readonly budgets?: readonly number[];
  readonly rewardModels?: readonly string[];
  readonly replicates?: number;
}

const UNIT = { budget_unit: "samples", parameters_source: "default" } as const;

/** A run computed from simulated pools, with the tables that a real one has. The same options give the same run. */
export function simulatedRun(options: Options = {}): RunResults {
  const { problems = 60, poolSize = 256, budgets = [1, 2, 4, 8, 16, 32, 64], replicates = 60 } = options;
  const rewardModels = options.rewardModels ?? REWARD_MODELS;
  const pool = simulatedPool(problems, poolSize, 1);
  const clusters = pool.map((problem) => problem.cluster);
  const cells = lines(rewardModels).flatMap((line) =>
    budgets.map((budget) => ({
      line,
      budget,
      perProblem: evaluate(line, Math.min(budget, line.atMost), pool, replicates),
    })),
  );
  const results: ResultRow[] = [];
  const questions: QuestionRow[] = [];
  for (const { line, budget, perProblem } of cells) {
    for (const metric of line.rewardModel === "" ? ["accuracy"] : ["accuracy", "proxy_reward"]) {
      const values = perProblem.map((p) => (metric === "accuracy" ? p.accuracy : p.proxy));
      const cell = {
        ...SHARED,
        ...UNIT,
        method: line.method,
        kind: line.kind,
        parameters: line.parameters,
        reward_model: line.rewardModel,
        budget,
      };
      results.push(
        resultRow(
          cell,
          metric,
          values.map((v) => v.estimate),
          values.map((v) => v.error),
          clusters,
          line,
          pool,
          replicates,
        ),
      );
      values.forEach((value, i) => {
        questions.push({
          ...cell,
          metric,
          problem: pool[i]!.id,
          cluster: clusters[i]!,
          estimate: value.estimate,
          replicates: line.exact ? 0 : replicates,
          monte_carlo_error: value.error,
          abstained: 0,
        });
      });
    }
  }
  return {
    manifest: manifest(rewardModels, pool, budgets),
    results,
    questions,
    comparisons: comparisons(questions, rewardModels, budgets, clusters),
    diagnostics: diagnostics(pool, rewardModels, clusters),
    samples: pool.slice(0, 12).map((problem) => look(problem, rewardModels, budgets.at(-1)!)),
  };
}

/** Weight 1 on the class with the most mass, shared between tied classes and within a class. */
type Cell = Pick<
  ResultRow,
  | "suite"
  | "dataset"
  | "split"
  | "model"
  | "decoding"
  | "method"
  | "kind"
  | "parameters"
  | "parameters_source"
  | "reward_model"
  | "budget_unit"
  | "budget"
>;

function resultRow(
  cell: Cell,
  metric: string,
  values: number[],
  errors: number[],
  clusters: string[],
  line: Line,
  pool: readonly SimulatedProblem[],
  replicates: number,
): ResultRow {
  const mean = clusteredMean(values, clusters);
  const drawn = Math.min(cell.budget, line.atMost);
  const all = pool.flatMap((p) => p.samples);
  const average = (f: (s: SimulatedSample) => number) => all.reduce((sum, s) => sum + f(s), 0) / all.length;
  const completion = drawn * average((s) => s.tokens);
  const rewardTokens = line.rewardModel === "" ? 0 : completion + 31 * drawn;
  return {
    ...cell,
    batch_size: 1,
    batches: pool.length,
    metric,
    estimate: mean.estimate,
    standard_error: defined(mean.standardError),
    ci_low: defined(mean.low),
    ci_high: defined(mean.high),
    problems: mean.n,
    clusters: mean.clusters,
    replicates: line.exact ? 0 : replicates,
    monte_carlo_error: monteCarloErrorOfMean(errors),
    flag: cell.budget * 4 > pool[0]!.samples.length ? "pool-below-4x" : "",
    prompt_tokens: 31,
    completion_tokens: completion,
    reward_tokens: rewardTokens,
    rounds: 1,
    flops: 2 * 1_003_520 * (31 + completion + rewardTokens),
    wall_seconds: completion / 9000,
    time_source: "measured",
    unparsable: drawn * average((s) => (s.answer === "" ? 1 : 0)),
    truncated: 0,
    failed: 0,
    abstained: 0,
    seed: 1,
  };
}

function comparisons(
  questions: QuestionRow[],
  rewardModels: readonly string[],
  budgets: readonly number[],
  clusters: string[],
): ComparisonRow[] {
  const accurate = questions.filter((q) => q.metric === "accuracy" && q.kind === "method");
  return (rewardModels.length > 0 ? rewardModels : [""]).flatMap((rewardModel) =>
    budgets.flatMap((budget): ComparisonRow[] => {
      const group = accurate.filter(
        (q) => q.budget === budget && (q.reward_model === rewardModel || q.reward_model === ""),
      );
      const methods = [...Map.groupBy(group, (q) => `${q.method} ${q.parameters}`).values()]
        .map((rows) => ({
          first: rows[0]!,
          values: rows.map((q) => q.estimate!),
          mean: rows.reduce((sum, q) => sum + q.estimate!, 0) / rows.length,
        }))
        .toSorted((a, b) => b.mean - a.mean);
      const [best, ...others] = methods;
      const pairs = others.map((other) => pairedComparison(best!.values, other.values, clusters));
      const adjusted = holm(pairs.map((p) => p.p));
      return others.map(({ first }, i) => ({
        ...SHARED,
        reward_model: rewardModel,
        budget_unit: "samples",
        budget,
        metric: "accuracy",
        best: best!.first.method,
        best_parameters: best!.first.parameters,
        method: first.method,
        parameters: first.parameters,
        difference: defined(pairs[i]!.difference),
        standard_error: defined(pairs[i]!.standardError),
        ci_low: defined(pairs[i]!.low),
        ci_high: defined(pairs[i]!.high),
        p_value: defined(pairs[i]!.p),
        p_adjusted: defined(adjusted[i]!),
        correlation: defined(pairs[i]!.correlation),
        minimum_detectable_difference: defined(pairs[i]!.minimumDetectableDifference),
        tied: adjusted[i]! >= 0.05,
        problems: pairs[i]!.n,
        clusters: pairs[i]!.clusters,
      }));
    }),
  );
}
