import type { LikelihoodStepMetrics, LikelihoodTrainingOptions, ResponseRow } from "./likelihood-training.ts";
import type { Weights } from "./weights.ts";

/** One rollout with its advantage. */
export interface PolicyRow extends ResponseRow {
  /** A_i with the 1/m inside, as the advantage estimators give it; finite. A row of advantage 0 costs nothing unless `kl` is on. */
  readonly advantage: number;
  /**
   * [response tokens]: log-probabilities in nats, at temperature 1, under the policy that drew the row (the engine's
   * `statistics.logProbability`). Needed with `clip`; without it only the mean ratio is measured from them.
   */
  readonly behaviour?: Float32Array;
  /** [response tokens]: log-probabilities under the reference policy. Default: computed from `kl.reference`. */
  readonly reference?: Float32Array;
}

export interface PolicyBatch {
  /** Rows in any order. All rollouts where `kl` is on; otherwise those of advantage 0 may be left out. */
  readonly rows: readonly PolicyRow[];
  /** Prompts that the rollouts were drawn for, those without a row here included: the gradient is a mean over prompts. */
  readonly prompts: number;
}

/** The ratio's interval [1 − low, 1 + high] (PPO, Schulman et al. 2017, eq. 7; a higher upper edge as in DAPO, Yu et al. 2025). */
export interface ClipOptions {
  /** In (0, 1]. Default: .2. */
  readonly low?: number;
  /** > 0; Infinity corrects for the behaviour policy and clips on one side only. Default: low. */
  readonly high?: number;
}

/** A penalty coefficient·KL(π ‖ reference), mean over rows of the sum over a response's tokens. */
export interface KlOptions {
  /** β ≥ 0, in units of the reward per nat. */
  readonly coefficient: number;
  /** Default: `initial`. Not needed where every row brings its `reference`. */
  readonly reference?: Weights;
  /**
   * How the penalty's gradient is taken. "k3" (default): that of exp(d) − d − 1 per token, d = log reference − log π
   * (Schulman 2020; GRPO, Shao et al. 2024, eq. 4); never negative, but in expectation it is the gradient of the per-token
   * KL(reference ‖ π). "reward": β·Σ_{u ≥ t} (log π_u − log reference_u) is taken off the advantage of token t, an unbiased
   * gradient of KL(π ‖ reference) of whole responses, of larger variance.
   */
  readonly estimator?: "k3" | "reward";
}

/** Metrics over response tokens; NaN where nothing was measured. */
export interface PolicyStepMetrics extends LikelihoodStepMetrics {
  readonly rows: number;
  /** Rows that entered the gradient. */
  readonly gradientRows: number;
  /** Mean of π/behaviour over the tokens of rows with `behaviour` that were computed: 1 for on-policy rows. */
  readonly meanRatio: number;
  /** Share of tokens whose gradient the clip removed, of rows with advantage ≠ 0. NaN without `clip`. */
  readonly clipShare: number;
  /** Mean over rows of Σ_t exp(d) − d − 1: an estimate of KL(π ‖ reference) in nats per response. NaN without `kl`. */
  readonly kl: number;
}

export interface PolicyGradientOptions extends LikelihoodTrainingOptions {
  /** The rollouts of step `step` (0, 1, …), drawn from `weights`: a function of the two, so that a resumed run sees the same data. */
  readonly batch: (step: number, weights: Weights) => Promise<PolicyBatch>;
  readonly clip?: ClipOptions;
  readonly kl?: KlOptions;
  readonly onStep?: (metrics: PolicyStepMetrics) => void | Promise<void>;
}
