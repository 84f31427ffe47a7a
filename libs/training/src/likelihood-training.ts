import type { LlamaConfig } from "./config.ts";
import type { LikelihoodGradientOptions, TokenRow } from "./likelihood-gradient.ts";
import type { TrainingOptions } from "./loop.ts";
import type { Weights } from "./weights.ts";

/** A prompt with its response, end token included where there is one; no padding, any length. */
export interface ResponseRow extends TokenRow {
  /** Tokens of the prompt, at least one; the others are the response, at least one. */
  readonly promptLength: number;
}

/** What training on log-probabilities of responses shares: policy gradients, preferences, distillation. */
export interface LikelihoodTrainingOptions
  extends Omit<TrainingOptions, "onStep" | "shards">, Pick<LikelihoodGradientOptions, "backend" | "device"> {
  readonly config: LlamaConfig;
  /** Starting weights. Not trained from when the checkpoint folder holds a state. */
  readonly initial: Weights;
}

/** What every step of training on log-probabilities reports. */
export interface LikelihoodStepMetrics {
  /** Steps done so far, this one included. */
  readonly step: number;
  readonly learningRate: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Tokens, prompts included, of rows that were only run forward (for ratios, KL and references). */
  readonly forwardTokens: number;
  /** Tokens of rows that were run forward and backward, the prompt counted for every row, though the engine computes it once for many. */
  readonly gradientTokens: number;
  /** Seconds in the `batch` callback: rollouts and rewards. */
  readonly batchSeconds: number;
  /** Seconds of forward and backward passes. */
  readonly gradientSeconds: number;
  /** Seconds of the whole step. */
  readonly seconds: number;
}
