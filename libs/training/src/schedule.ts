/** Learning rate as a function of the step: linear warm-up from 0 to `peak`, then constant, cosine or linear decay to `floor`. */
export interface Schedule {
  readonly kind: "constant" | "cosine" | "linear";
  readonly peak: number;
  /** Steps until the peak is reached. Default: 0. */
  readonly warmup?: number;
  /** Step at which the floor is reached; needed unless constant. */
  readonly steps?: number;
  /** Learning rate at the end. Default: 0. */
  readonly floor?: number;
}

/**
 * The learning rate of step `step` = 0, 1, …: during warm-up peak·(step+1)/warmup, so that the first step already moves.
 */
export function learningRate(schedule: Schedule, step: number): number {
  const { kind, peak, warmup = 0, floor = 0 } = schedule;
  if (step < warmup) return (peak * (step + 1)) / warmup;
  if (kind === "constant") return peak;
  const { steps } = schedule;
  if (steps === undefined) throw new Error(`a ${kind} schedule needs "steps", the step at which the floor is reached`);
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  const share = kind === "cosine" ? (1 + Math.cos(Math.PI * progress)) / 2 : 1 - progress;
  return floor + (peak - floor) * share;
}
