import { z } from "zod";
import { experimentParts } from "./experiment-manifest.ts";
import { count, maybe, planted, text } from "./row-parts.ts";

// The rows of a post-training comparison's tables, as those of a run's: snake_case columns, `null` for an absent number, never NaN.

/** What every table begins with. */
const scene = {
  comparison: text,
  dataset: text,
  /** The base policy. */
  policy: text,
  /** A: trains, and selects at deployment. */
  reward_model: text,
  /** Its deliberate flaw; empty where it has none. */
  planted,
};

/** One training. */
const run = {
  ...scene,
  /** Estimator or rival with its options; `base` is the untrained policy. */
  row: text,
  /** m: rollouts per prompt; 0 for the base policy. */
  rollouts: count,
  /** N: samples of the best-of-N deployment. */
  deployed: count,
  learning_rate: maybe,
  /** `trial`: one of those among which validation chose the rate; `final`: at the chosen rate, reported; `base`. */
  role: z.enum(["trial", "final", "base"]),
  seed: count,
};

/** policies.csv: one row a trained policy, at the end of its training. */
export const policyRow = z.object({
  ...run,
  second_reward_model: text,
  /** Its deliberate flaw; empty where it has none. */
  second_planted: planted,
  /** How well the formula is known: an estimator's provenance; empty for the base policy. */
  provenance: text,
  /** Options beside n, as JSON with sorted keys. */
  options: text,
  /** Of a trial: whether its rate was chosen. */
  chosen: z.boolean(),
  /** `diverged`: a loss or gradient that is not finite ended it; it was deployed nowhere. */
  state: z.enum(["finished", "diverged"]),
  split: text,
  problems: count,
  /** Drawn for each problem. */
  samples: count,
  /** Best-of-1 and best-of-N by A: mean reward A, gold and reward B of what is selected. */
  j_1: maybe,
  j_n: maybe,
  gold_1: maybe,
  gold_n: maybe,
  second_1: maybe,
  second_n: maybe,
  /** The unit of effects: the base policy's median within-problem standard deviation of reward A, and of B. */
  reward_sd: maybe,
  second_sd: maybe,
  /** KL(π ‖ π₀) in nats per response, from sampled responses, with its standard error over problems. */
  kl: maybe,
  kl_standard_error: maybe,
  /** Nats per token. */
  entropy: maybe,
  response_tokens: maybe,
  steps: count,
  prompts_per_step: count,
  /** Name of its folder. */
  run: text,
});
export type PolicyTableRow = z.infer<typeof policyRow>;

/** training.csv: one row a (policy, step, name). */
export const trainingCurveRow = z.object({
  ...run,
  step: count,
  /**
   * `reward` (mean reward A of the rollouts), `kl` (nats per response), `entropy` (nats per token), `gradient_norm`, `trained_share` (of rollouts
   * that have a gradient), `failed_rewards`.
   */
  name: text,
  value: maybe,
});
export type TrainingCurveRow = z.infer<typeof trainingCurveRow>;

/** deployment.csv: one row a (reported policy, moment, metric, best-of). */
export const deploymentRow = z.object({
  ...run,
  /** Steps trained. */
  step: count,
  kl: maybe,
  /** `reward`, `gold`, `second_reward`: of the response that best-of-n by A selects. */
  metric: text,
  best_of: count,
  estimate: maybe,
  /** Over problems, clustered. */
  standard_error: maybe,
  ci_low: maybe,
  ci_high: maybe,
  problems: count,
  clusters: count,
});
export type DeploymentRow = z.infer<typeof deploymentRow>;

/** problems.csv: best-of-1 and best-of-N of every problem at the end, for other people's statistics. */
export const deployedProblemRow = z.object({
  ...run,
  metric: text,
  best_of: count,
  problem: text,
  cluster: text,
  estimate: maybe,
});
export type DeployedProblemRow = z.infer<typeof deployedProblemRow>;

/** contrasts.csv: what effects.csv is the summary of, one row a seed. */
export const contrastRow = z.object({
  ...scene,
  rollouts: count,
  deployed: count,
  left: text,
  right: text,
  metric: text,
  at: z.enum(["chosen-rate", "matched-kl"]),
  seed: count,
  /** At which KL both were read, nats per response; empty at the chosen rate. */
  kl: maybe,
  scale: z.enum(["reward-sd", "score"]),
  /** Means over problems. */
  left_value: maybe,
  right_value: maybe,
});
export type ContrastRow = z.infer<typeof contrastRow>;

/** effects.csv: left − right. */
export const effectRow = z.object({
  ...scene,
  rollouts: count,
  deployed: count,
  left: text,
  right: text,
  /** `j_n`, `j_1`: reward A of best-of-N and best-of-1; `gold_n`; `second_n`. */
  metric: text,
  /** `chosen-rate`: at the end of the runs; `matched-kl`: where both have gone equally far from the base policy. */
  at: z.enum(["chosen-rate", "matched-kl"]),
  /** Mean over seeds of the KL of the comparison, nats per response; empty at the chosen rate. */
  kl: maybe,
  /** `reward-sd`: the base policy's median within-problem standard deviation; `score`: of gold, as it is. */
  scale: z.enum(["reward-sd", "score"]),
  effect: maybe,
  standard_error: maybe,
  ci_low: maybe,
  ci_high: maybe,
  /** Two-sided. */
  p_value: maybe,
  left_mean: maybe,
  right_mean: maybe,
  /** What n counts and the interval is over. */
  unit: z.enum(["seed", "problem"]),
  n: count,
  /** Whether it says nothing about other seeds: fewer than 5 of them, or a smoke comparison. */
  descriptive: z.boolean(),
});
export type EffectRow = z.infer<typeof effectRow>;

/** pay-off.csv: after how many deployed queries training has paid for itself against more samples of the base policy. */
export const payOffRow = z.object({
  ...scene,
  row: text,
  rollouts: count,
  deployed: count,
  learning_rate: maybe,
  seed: count,
  /** `reward` or `gold`. */
  metric: text,
  /** Whether the trials of the row's learning rate are in the cost. */
  with_tuning: z.boolean(),
  training_flops: z.number(),
  /** `beyond`: the base policy never got there with the samples drawn; queries is then an upper bound. */
  state: z.enum(["reached", "beyond", "not reached"]),
  /** Samples at which the base policy is as good. */
  base_samples: maybe,
  queries: maybe,
  /** 95 % over resampled problems; empty where unbounded. */
  queries_low: maybe,
  queries_high: maybe,
  not_reached_share: z.number(),
  beyond_share: z.number(),
  resamples: count,
});
export type PayOffRow = z.infer<typeof payOffRow>;

/** tail.csv: normal-quantile plot of reward A within problems. */
export const tailRow = z.object({
  ...run,
  probability: z.number(),
  normal_quantile: z.number(),
  /** In standard deviations from the problem's mean, mean over problems. */
  observed_quantile: z.number(),
  problems: count,
});
export type TailRow = z.infer<typeof tailRow>;

/** ledger.csv: what a run spent, by purpose. */
export const trainingLedgerRow = z.object({
  ...run,
  /** `rollout`, `reward`, `train` (forward, reference and backward passes), `measure` (the KL of the curve), `deploy` (all moments). */
  purpose: z.enum(["rollout", "reward", "train", "measure", "deploy"]),
  samples: count,
  prompt_tokens: count,
  completion_tokens: count,
  reward_tokens: count,
  extra_forward_tokens: count,
  /** Tokens that were run forward and backward. */
  training_tokens: count,
  /** Backward is counted as twice forward. */
  flops: z.number(),
  /** Measured, by the wall. */
  seconds: maybe,
});
export type TrainingLedgerRow = z.infer<typeof trainingLedgerRow>;

/** experiment.json: what was compared, on what. */
export const postTrainingManifest = z.object({
  ...experimentParts,
  run: text,
  comparison: text,
  datasets: z.array(z.object({ name: text, version: text, split: text, problems: count, clusters: count })),
  comparison_resolved: z.unknown(),
  /** How well each row's formula is known, in words. */
  provenance: z.array(z.object({ row: text, provenance: text, says: text })),
  /** What estimators cannot do in groups of this size. */
  warnings: z.array(text),
  ended: text,
});
export type PostTrainingManifest = z.infer<typeof postTrainingManifest>;

/** A whole comparison: what is written and read. */
export interface PostTrainingResults {
  readonly manifest: PostTrainingManifest;
  readonly policies: readonly PolicyTableRow[];
  readonly training: readonly TrainingCurveRow[];
  readonly deployment: readonly DeploymentRow[];
  readonly problems: readonly DeployedProblemRow[];
  readonly contrasts: readonly ContrastRow[];
  readonly effects: readonly EffectRow[];
  readonly payOff: readonly PayOffRow[];
  readonly tail: readonly TailRow[];
  readonly ledger: readonly TrainingLedgerRow[];
}
