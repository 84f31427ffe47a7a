/** Learning rate as a function of the step: linear warm-up from 0 to `peak`, then constant, or cosine or linear decay to `floor`. */
export type Schedule = ConstantSchedule | DecaySchedule;

export interface ConstantSchedule {
  readonly kind: "constant";
  readonly peak: number;
  /** Steps until the peak is reached. Default: 0. */
  readonly warmup?: number;
}

export interface DecaySchedule {
  readonly kind: "cosine" | "linear";
  readonly peak: number;
  /** Steps until the peak is reached. Default: 0. */
  readonly warmup?: number;
  /** Step at which the floor is reached. */
  readonly steps: number;
  /** Learning rate from `steps` on. Default: 0. */
  readonly floor?: number;
}

/**
 * The learning rate of step `step` = 0, 1, …: during warm-up peak·(step+1)/warmup, so that the first step already moves.
 */
export function learningRate(schedule: Schedule, step: number): number {
  const { peak, warmup = 0 } = schedule;
  if (step < warmup) return (peak * (step + 1)) / warmup;
  if (schedule.kind === "constant") return peak;
  const { kind, steps, floor = 0 } = schedule;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  const share = kind === "cosine" ? (1 + Math.cos(Math.PI * progress)) / 2 : 1 - progress;
  return floor + (peak - floor) * share;
}
