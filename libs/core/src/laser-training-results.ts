import { z } from "zod";
import { experimentParts } from "./experiment-manifest.ts";
import { count, maybe, planted, text } from "./row-parts.ts";

// The rows of an experiment that trains by reward models, as those of a run: snake_case columns, `null` for an absent number, never NaN.

/** One training. */
const run = {
  experiment: text,
  dataset: text,
  /** The policy that training started from. */
  policy: text,
  /** Deliberate flaws of the reward models that the rule chooses among, each after its name; empty where none has one. */
  planted,
  /** Who scores: `laser`, `best`, …; docs/laser-training.md lists them. */
  rule: text,
  /** Standard deviation of the noise on scores, in within-problem standard deviations of the reward model. */
  noise: z.number(),
  learning_rate: z.number(),
  /** `trial`: one of those among which validation chose the rate; `final`: reported. */
  role: z.enum(["trial", "final"]),
  seed: count,
};

/** What a run had spent. */
const spent = {
  drawn_samples: count,
  prompt_tokens: count,
  completion_tokens: count,
  /** Of all reward models together; of `best` and `sequential` with what ranking them on validation took. */
  reward_tokens: count,
  /** Forward passes that only embed prompts or read log-probabilities. */
  extra_forward_tokens: count,
  /** Tokens that were run forward and backward. */
  training_tokens: count,
  /** Backward is counted as twice forward. Without evaluations. */
  flops: z.number(),
  /** Measured, by the wall. Without evaluations. */
  seconds: z.number(),
};

/** evaluations.csv: one row a (run, iteration, metric), with what the run had spent by then. */
export const laserEvaluationRow = z.object({
  ...run,
  iteration: count,
  steps: count,
  /**
   * `gold` and `response_tokens` of single responses; `best_of_<n>`: gold of best-of-n by the rule that trained; `majority_at_<tokens>_tokens` of a vote; `earned`: mean over the iteration's steps of
   * what the bandit took them to be worth.
   */
  metric: text,
  estimate: maybe,
  split: text,
  problems: count,
  /** Responses of each problem. */
  samples: count,
  ...spent,
});
export type LaserEvaluationRow = z.infer<typeof laserEvaluationRow>;

/** steps.csv: one row a (run, step). */
export const laserStepRow = z.object({
  ...run,
  step: count,
  /** Empty where all were asked. */
  reward_model: text,
  /** Deliberate flaw of the reward model that was asked; empty where it has none, or all were asked. */
  asked_planted: planted,
  /** Before the update. */
  loss: maybe,
  /** What the bandit took it to be worth, in [0, 1]; empty where there is none. */
  earned: maybe,
  pairs: count,
  reward_tokens: count,
  training_tokens: count,
  /** Drawing and scoring, and training on the pairs, by the wall. */
  batch_seconds: z.number(),
  training_seconds: z.number(),
});
export type LaserStepRow = z.infer<typeof laserStepRow>;

/** ranking.csv: what validation says of the reward models. */
export const laserRankingRow = z.object({
  experiment: text,
  dataset: text,
  policy: text,
  reward_model: text,
  planted,
  /** 1 is the best: the one that `best` trains with. */
  rank: count,
  /** Mean gold of the response that it scores highest. */
  gold: maybe,
  /** Median within-problem standard deviation of its scores: the unit of noise. */
  deviation: maybe,
  problems: count,
  samples: count,
});
export type LaserRankingRow = z.infer<typeof laserRankingRow>;

/** votes.csv: one row a (run, problem), where an experiment asks for a vote. */
export const laserVoteRow = z.object({
  ...run,
  /** Tokens that may be spent on each problem. */
  budget: count,
  problem: text,
  /** Mean gold of the most frequent answers. */
  accuracy: maybe,
});
export type LaserVoteRow = z.infer<typeof laserVoteRow>;

/** experiment.json: what was trained, on what. */
export const laserTrainingManifest = z.object({
  ...experimentParts,
  experiment: text,
  experiment_resolved: z.unknown(),
  /** Null until all runs have ended. */
  ended: text.nullable(),
});
export type LaserTrainingManifest = z.infer<typeof laserTrainingManifest>;

/** The tables of an experiment. */
export interface LaserTables {
  readonly evaluations: readonly LaserEvaluationRow[];
  readonly steps: readonly LaserStepRow[];
  readonly ranking: readonly LaserRankingRow[];
  readonly votes: readonly LaserVoteRow[];
}

/** A whole experiment: what is written and read. */
export interface LaserTrainingResults extends LaserTables {
  readonly manifest: LaserTrainingManifest;
}
