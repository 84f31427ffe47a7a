import { learningRate } from "./schedule.ts";
import type { Schedule } from "./schedule.ts";

/** AdamW (Loshchilov and Hutter 2019, algorithm 2) with clipping before it and an average of the weights beside it. */
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

/** Everything that a further step depends on, as flat vectors of one length. */
export interface OptimizerState {
  /** Steps done. */
  step: number;
  readonly weights: Float32Array;
  readonly average: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** A contiguous part of the flat vectors that trains, and whether weight decay holds there. */
export interface TrainedRange {
  readonly start: number;
  readonly end: number;
  readonly decays: boolean;
}

/** ‖g‖ over the trained ranges, summed in double precision. */
export function globalNorm(gradient: Float32Array, ranges: readonly TrainedRange[]): number {
  let sum = 0;
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) sum += gradient[i]! * gradient[i]!;
  }
  return Math.sqrt(sum);
}

/** One step in place. Elements outside the ranges keep their weights. Returns the learning rate used and the norm before clipping. */
export function adamwStep(
  state: OptimizerState,
  gradient: Float32Array,
  ranges: readonly TrainedRange[],
  options: OptimizerOptions,
): { readonly learningRate: number; readonly gradientNorm: number } {
  const { betas = [0.9, 0.98], epsilon = 1e-8, weightDecay = 0, clip = 1, averageDecay = 0.995 } = options;
  const [beta1, beta2] = betas;
  const rate = learningRate(options.schedule, state.step);
  const norm = globalNorm(gradient, ranges);
  const scale = norm > clip ? clip / norm : 1;
  state.step += 1;
  const correction1 = 1 - beta1 ** state.step;
  const correction2 = 1 - beta2 ** state.step;
  const { weights, average, firstMoment, secondMoment } = state;
  for (const { start, end, decays } of ranges) {
    const decay = decays ? rate * weightDecay : 0;
    for (let i = start; i < end; i++) {
      const g = gradient[i]! * scale;
      const m = beta1 * firstMoment[i]! + (1 - beta1) * g;
      const v = beta2 * secondMoment[i]! + (1 - beta2) * g * g;
      firstMoment[i] = m;
      secondMoment[i] = v;
      const w = weights[i]!;
      const moved = w - (rate * (m / correction1)) / (Math.sqrt(v / correction2) + epsilon) - decay * w;
      weights[i] = moved;
      average[i] = averageDecay * average[i]! + (1 - averageDecay) * moved;
    }
  }
  return { learningRate: rate, gradientNorm: norm };
}
