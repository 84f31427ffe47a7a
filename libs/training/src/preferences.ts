import type { LikelihoodStepMetrics, LikelihoodTrainingOptions, ResponseRow } from "./likelihood-training.ts";
import type { Weights } from "./weights.ts";

/** One response of a pair. */
export interface PreferenceRow extends ResponseRow {
  /** log π_ref(y | x) in nats, summed over the response. Default: computed from the reference, once for every `tokens` array. */
  readonly reference?: number;
}

export interface PreferencePair {
  /** y⁺ */
  readonly chosen: PreferenceRow;
  /** y⁻ */
  readonly rejected: PreferenceRow;
  /** ≥ 0. Default: 1. The loss is Σ w·loss / Σ w over the batch. */
  readonly weight?: number;
}

export interface PreferenceBatch {
  /** At least one of positive weight. */
  readonly pairs: readonly PreferencePair[];
}

export interface PreferenceOptions extends LikelihoodTrainingOptions {
  /** The pairs of step `step` (0, 1, …), which may be drawn from `weights`: a function of the two. */
  readonly batch: (step: number, weights: Weights) => Promise<PreferenceBatch>;
  /** β > 0: strength of the pull to the reference. Default: .1. */
  readonly beta?: number;
  /** α ≥ 0: weight of the negative log-likelihood of y⁺ per token. Default: 1. 0: DPO alone. */
  readonly alpha?: number;
  /** π_ref. Default: `initial`. */
  readonly reference?: Weights;
  readonly onStep?: (metrics: PreferenceStepMetrics) => void | Promise<void>;
}

export interface PreferenceStepMetrics extends LikelihoodStepMetrics {
  readonly pairs: number;
  /** Weighted mean of the whole loss, before the update: `preferenceLoss` + α·`nll`. */
  readonly loss: number;
  /** Weighted mean of −log σ(β·margin). */
  readonly preferenceLoss: number;
  /** Weighted mean of −log π(y⁺)/|y⁺|, nats per token. */
  readonly nll: number;
  /** Weighted mean of (log π(y⁺) − log π_ref(y⁺)) − (log π(y⁻) − log π_ref(y⁻)), nats. */
  readonly margin: number;
  /** Weighted share of pairs with a margin above 0. */
  readonly accuracy: number;
}
