import type { Schedule } from './schedule.ts';
import type { Weights } from './weights.ts';

/** AdamW (Loshchilov and Hutter 2019, algorithm 2) with an average of the weights beside it. */
export interface OptimizerOptions {
  readonly schedule: Schedule;
  /** β1, β2. Default: .9, .98. */
  readonly betas?: readonly [number, number];
  /** Default: 1e-8. */
  readonly epsilon?: number;
  /** Decoupled decay per unit of learning rate, on matrices only. Default: 0. */
  readonly weightDecay?: number;
  /** Largest global norm of the gradient. Default: 1. Infinity switches clipping off. */
  readonly clip?: number;
  /** Decay of the exponential moving average of the weights, in [0, 1). Default: .995. 0 makes the average the weights. */
  readonly averageDecay?: number;
}

export interface CheckpointOptions {
  /** Created when missing. Holds one state, replaced atomically. */
  readonly folder: string;
  /** Steps between checkpoints; the last step always writes one. */
  readonly every: number;
}

export interface StepMetrics {
  /** Steps done so far, this one included. */
  readonly step: number;
  /** Weighted mean loss of this batch, before the update. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Tokens of this batch, padding included. */
  readonly tokens: number;
  readonly seconds: number;
}

export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  readonly weights: Weights;
  /** The moving average, which is what should be evaluated and exported. */
  readonly average: Weights;
}
