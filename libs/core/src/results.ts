import { z } from "zod";
import { count, maybe, text } from "./row-parts.ts";

/**
 * The rows of a run's tables: the product that others read, so the columns are an API (`RESULTS_VERSION`). Column names are
 * snake_case as in the CSV files; an absent number is `null` here and an empty cell there; NaN never appears.
 */
export const RESULTS_VERSION = 1;

/** The columns that every table begins with. */
const setting = {
  suite: text,
  dataset: text,
  split: text,
  model: text,
  decoding: text,
};

/** What a cell is about. */
const cell = {
  ...setting,
  /** Registered name of a method, or of a reference line (`oracle`, `random-choice`, `best-reward-model`). */
  method: text,
  /** `method`, or `reference`: a ceiling or floor computed from grades. */
  kind: z.enum(["method", "reference"]),
  /** Resolved parameters as JSON with sorted keys; `{}` where there are none. */
  parameters: text,
  /** `default` (the paper's or the field's), `suite` (given by the user), `validation` (chosen by tuning). */
  parameters_source: z.enum(["default", "suite", "validation"]),
  /** Empty where the method uses none. */
  reward_model: text,
  budget_unit: z.enum(["samples", "tokens", "flops"]),
  budget: z.number().positive(),
};

/** results.csv: one row a (cell, metric). */
export const resultRow = z.object({
  ...cell,
  /** Problems that share a budget, and how many such batches; 1 and the number of problems where the scope is the problem. */
  batch_size: count,
  batches: count,
  /**
   * `accuracy` (mean gold grade of the decision, abstentions count 0), `proxy_reward` (mean reward of the decision); where a judge grades,
   * `accuracy` is the win rate, and beside it stands `length_controlled_win_rate`.
   */
  metric: text,
  estimate: maybe,
  /** Over problems, clustered by `cluster`. */
  standard_error: maybe,
  ci_low: maybe,
  ci_high: maybe,
  problems: count,
  clusters: count,
  /** Random subsets per problem; 0 where the expectation is exact. */
  replicates: count,
  /** Standard error of the estimate due to the finite number of replicates; 0 where exact. */
  monte_carlo_error: maybe,
  /**
   * `pool-below-4x` where the pool is smaller than four times the budget; `no-gold` beside an accuracy where nothing says what is
   * right, so that there is no estimate; `judged` beside the win rate of a judge; otherwise empty.
   */
  flag: text,
  /** Means per problem. */
  prompt_tokens: maybe,
  completion_tokens: maybe,
  reward_tokens: maybe,
  rounds: maybe,
  flops: maybe,
  wall_seconds: maybe,
  /** `measured` (engine seconds recorded when the pool was filled), or empty where not measured. */
  time_source: text,
  /** Mean number of unparsable, truncated and reward-failed samples among those drawn, per problem. */
  unparsable: maybe,
  truncated: maybe,
  failed: maybe,
  /** Share of problems (mean over replicates) on which the method abstained. */
  abstained: maybe,
  seed: z.number().int(),
});
export type ResultRow = z.infer<typeof resultRow>;

/** questions.csv: one row a (cell, metric, problem), for other people's statistics. */
export const questionRow = z.object({
  ...cell,
  metric: text,
  problem: text,
  cluster: text,
  estimate: maybe,
  replicates: count,
  /** Standard error of this problem's estimate over replicates; 0 where exact. */
  monte_carlo_error: maybe,
  abstained: maybe,
});
export type QuestionRow = z.infer<typeof questionRow>;

/** comparisons.csv: every method against the best one at each budget, paired by problem, within one reward model's group. */
export const comparisonRow = z.object({
  ...setting,
  /** The group: methods with this reward model, and those that need none. */
  reward_model: text,
  budget_unit: z.enum(["samples", "tokens", "flops"]),
  budget: z.number().positive(),
  metric: text,
  /** The best method at this budget, and its parameters. */
  best: text,
  best_parameters: text,
  method: text,
  parameters: text,
  /** best − method. */
  difference: maybe,
  standard_error: maybe,
  ci_low: maybe,
  ci_high: maybe,
  p_value: maybe,
  /** Holm, over the comparisons of this group at this budget. */
  p_adjusted: maybe,
  /** Between the two methods' per-problem estimates. */
  correlation: maybe,
  /** Smallest difference this comparison would find with power .8 at level .05. */
  minimum_detectable_difference: maybe,
  /** True where p_adjusted >= .05: the method is in the tied set of the best. */
  tied: z.boolean(),
  problems: count,
  clusters: count,
});
export type ComparisonRow = z.infer<typeof comparisonRow>;

/** diagnostics.csv: named numbers about cells, pools and reward models. */
export const diagnosticRow = z.object({
  ...setting,
  /** `pool`, `reward-model`, or a method's name. */
  subject: text,
  reward_model: text,
  budget: maybe,
  /** `pass@64`, `pairwise_accuracy`, `mean_completion_tokens`, …; see also `abstainedFor`. */
  name: text,
  value: maybe,
  standard_error: maybe,
  problems: count,
});
export type DiagnosticRow = z.infer<typeof diagnosticRow>;

/** Name of the diagnostic that holds the share of problems on which a method abstained for a reason. */
export function abstainedFor(reason: string): string {
  return `abstained: ${reason}`;
}

/** tuning.csv: every trial of tuning, with its score and what it would have spent alone. Only where a suite tunes. */
export const tuningRow = z.object({
  ...setting,
  method: text,
  reward_model: text,
  /** 0: the suite's own parameters; the others in the order in which they are spread over the knobs. */
  trial: count,
  parameters: text,
  /** Whether this trial is the row of source `validation`. */
  chosen: z.boolean(),
  budget_unit: z.enum(["samples", "tokens", "flops"]),
  budget: z.number().positive(),
  metric: text,
  /** Mean over seeds. */
  estimate: maybe,
  standard_error: maybe,
  problems: count,
  seeds: count,
  /** Means per problem, as in results.csv. */
  prompt_tokens: maybe,
  completion_tokens: maybe,
  reward_tokens: maybe,
  rounds: maybe,
  flops: maybe,
});
export type TuningRow = z.infer<typeof tuningRow>;

/** What tuning did and chose. */
export const manifestTuning = z.object({
  split: text,
  trials: count,
  budget: z.number().positive(),
  budget_unit: text,
  objective: text,
  problems: z.array(z.object({ dataset: text, problems: count })),
  /** Samples that it stands on, and FLOPs of all trials, each counted as if it came alone. */
  samples: count,
  flops: z.number().nonnegative(),
  chosen: z.array(
    z.object({
      dataset: text,
      model: text,
      decoding: text,
      method: text,
      reward_model: text,
      trial: count,
      parameters: text,
      estimate: maybe,
    }),
  ),
});
export type ManifestTuning = z.infer<typeof manifestTuning>;

/**
 * ledger.csv: everything that was spent for a row of results.csv, summed over problems and seeds. Each is counted as if it came
 * alone: methods of a run share the pool's draws.
 */
export const ledgerRow = z.object({
  /** `split`: where it was spent, which is another than the reported one for `learn` and `tune`. */
  ...setting,
  method: text,
  parameters: text,
  parameters_source: z.enum(["default", "suite", "validation"]),
  reward_model: text,
  budget_unit: z.enum(["samples", "tokens", "flops"]),
  /** For `tune` the one that validation compared at: it was spent once, for the rows of all budgets. */
  budget: z.number().positive(),
  /**
   * `decide`: on deciding every problem once; `learn`: on labelled problems before the first decision; `tune`: on every trial among which
   * validation chose the parameters, what the trials learned included.
   */
  purpose: z.enum(["decide", "learn", "tune"]),
  problems: count,
  seeds: count,
  /** Of `tune`: how many; else 1. */
  trials: count,
  /** Expected numbers where the rest of the row is expected over random subsets. */
  samples: maybe,
  prompt_tokens: maybe,
  completion_tokens: maybe,
  reward_tokens: maybe,
  /** Of forward passes that neither draw nor reward: scoring, embedding. */
  extra_forward_tokens: maybe,
  training_tokens: maybe,
  flops: maybe,
});
export type LedgerRow = z.infer<typeof ledgerRow>;

/** curves.csv: what methods report of their learning, step by step; only where one does. */
export const curveRow = z.object({
  ...setting,
  method: text,
  parameters: text,
  reward_model: text,
  budget_unit: z.enum(["samples", "tokens", "flops"]),
  budget: z.number().positive(),
  /** `regret`, … */
  name: text,
  /** Number of labelled problems so far, from 1. */
  step: count,
  value: maybe,
  seed: z.number().int(),
});
export type CurveRow = z.infer<typeof curveRow>;

/** allocation.csv: what allocating a shared budget wins; one row a (policy, metric). */
export const allocationRow = z.object({
  ...setting,
  reward_model: text,
  /** `adaptive-best-of-n`, `uniform`, `oracle`, … */
  policy: text,
  /** As JSON with sorted keys. */
  parameters: text,
  /** What it was measured against, on draws of its own: `uniform`, or another policy. */
  comparator: text,
  /** Problems that share a budget, and draws per problem on average. */
  batch_size: count,
  budget: z.number().positive(),
  /** `batch_win_rate`, `batch_win_rate_larger`, `survival_time`, `largest_budget_beaten`, `problem_win_rate`, `mean_difference`. */
  metric: text,
  estimate: maybe,
  /** With the batch as the unit. */
  standard_error: maybe,
  ci_low: maybe,
  ci_high: maybe,
  /** What uniform allocation has against itself; empty where no theory says it. */
  null_value: maybe,
  batches: count,
  /** Random divisions into batches that the estimate is the mean of, and plays of every batch. */
  partitions: count,
  runs: count,
  /** What other random divisions would change. */
  monte_carlo_error: maybe,
  seed: z.number().int(),
});
export type AllocationRow = z.infer<typeof allocationRow>;

const hashes = z.record(text, text);

/** manifest.json: everything needed to know what was run, and to run it again. */
export const manifest = z.object({
  version: z.literal(RESULTS_VERSION),
  run: text,
  suite: text,
  touchstone: z.object({
    version: text,
    commit: text.nullable(),
    dirty: z.boolean().nullable(),
    lock_sha256: text.nullable(),
  }),
  argv: z.array(text),
  machine: z.object({
    node: text,
    platform: text,
    cpu: text,
    cores: count,
    memory_bytes: count,
    onnxruntime: text,
    device: text,
  }),
  models: z.array(
    z.object({
      role: z.enum(["policy", "reward-model"]),
      name: text,
      path: text,
      identity: z.record(text, z.union([text, z.number()])),
      /** Null where what was imported does not say. */
      parameters_total: count.nullable(),
      parameters_active: count.nullable(),
      files_sha256: hashes,
      planted: text.nullable(),
      /** Of its generation_config.json: the advice on sampling that the run followed, and what it did not; absent where there is none. */
      generation_config: z
        .object({ taken: z.record(text, z.unknown()), not_taken: z.record(text, z.unknown()) })
        .optional(),
    }),
  ),
  datasets: z.array(
    z.object({
      name: text,
      version: text,
      split: text,
      problems: count,
      clusters: count,
      licence: text,
      files_sha256: hashes,
    }),
  ),
  /** Packages from outside the repository that methods were loaded from; absent where there were none. */
  method_packages: z
    .array(z.object({ name: text, version: text, entry: text, entry_sha256: text, methods: z.array(text) }))
    .optional(),
  suite_as_given: z.unknown(),
  suite_resolved: z.unknown(),
  seeds: z.array(z.number().int()),
  pool: z.object({ location: text, samples: count, drawn_in_this_run: count }),
  /** Absent where the suite tunes nothing. */
  tuning: manifestTuning.optional(),
  /** Names of the CSV files beside it. */
  tables: z.array(text).optional(),
  started: text,
  ended: text.nullable(),
});
export type Manifest = z.infer<typeof manifest>;

/** samples.json: a look at problems and samples; what the page shows beside the numbers. */
export const problemLook = z.object({
  dataset: text,
  model: text,
  problem: text,
  cluster: text,
  prompt: text,
  reference: text,
  /** Answers by frequency in the whole pool. */
  answers: z.array(z.object({ answer: text.nullable(), count, correct: z.boolean().nullable() })),
  samples: z.array(
    z.object({
      index: count,
      text,
      answer: text.nullable(),
      /** Null where there is no gold. */
      grade: maybe,
      tokens: count,
      finish: text,
      /** Null where what was imported does not say. */
      log_probability: maybe,
      self_certainty: maybe,
      rewards: z.record(text, maybe),
    }),
  ),
  /** What each method decided at the largest budget on the pool's first samples (replicate 0). */
  decisions: z.array(
    z.object({
      method: text,
      parameters: text,
      reward_model: text,
      budget: z.number(),
      /** Answer → weight; the empty string stands for abstention. */
      answers: z.record(text, z.number()),
      accuracy: maybe,
    }),
  ),
});
export type ProblemLook = z.infer<typeof problemLook>;

/** A whole run: what `report` writes and reads. */
export interface RunResults {
  readonly manifest: Manifest;
  readonly results: readonly ResultRow[];
  readonly questions: readonly QuestionRow[];
  readonly comparisons: readonly ComparisonRow[];
  readonly diagnostics: readonly DiagnosticRow[];
  readonly samples: readonly ProblemLook[];
  /** Empty or absent where the suite tunes nothing. */
  readonly tuning?: readonly TuningRow[];
  /** Absent from runs that were written before there was one. */
  readonly ledger?: readonly LedgerRow[];
  /** Empty or absent where no method reports how it learned. */
  readonly curves?: readonly CurveRow[];
  /** Empty or absent where no allocation of a shared budget was studied. */
  readonly allocation?: readonly AllocationRow[];
}
