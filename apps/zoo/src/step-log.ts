import type { StepMetrics } from "@touchstone/training";
import { Pace, type Progress } from "./progress.ts";

/** Says how a training goes every `every` steps: step, mean loss since, tokens per second, time left. */
export function stepLog(progress: Progress, steps: number, every = 20): (metrics: StepMetrics) => Promise<void> {
  const pace = new Pace();
  let losses: number[] = [];
  let tokens = 0;
  let seen = 0;
  return async (metrics) => {
    pace.add(metrics.tokens);
    tokens += metrics.tokens;
    seen++;
    losses.push(metrics.loss);
    if (metrics.step % every !== 0 && metrics.step !== steps) return;
    const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    losses = [];
    const left = pace.report("tok", (tokens / seen) * (steps - metrics.step));
    await progress.say(`step ${metrics.step} of ${steps}, loss ${mean.toFixed(4)}, ${left}`);
  };
}
