import { trainPreferences, type Weights } from "@touchstone/training";
import type { LaserExperiment } from "./experiment.ts";
import type { Response } from "./models.ts";
import { flopsOf, type LaserScene } from "./scene.ts";
import type { Lesson } from "./teacher.ts";
import type { PolicyTrainer } from "./train-run.ts";
import { stopping } from "../stopping.ts";

export interface PreferenceTrainerOptions {
  readonly scene: LaserScene;
  readonly training: LaserExperiment["training"];
  readonly rate: number;
  /** Of the trainer's checkpoints. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains the policy of a scene by DPO with the likelihood of what was chosen, one step a lesson, the policy as it was as reference. A
 * backward pass is counted as twice a forward one.
 */
export function preferenceTrainer({
  scene,
  training,
  rate,
  folder,
  signal,
}: PreferenceTrainerOptions): PolicyTrainer<Weights> {
  return async ({ steps, lesson, onStep }) => {
    let taught: Lesson = { pairs: [] };
    const state = await trainPreferences({
      config: scene.config,
      initial: scene.weights,
      steps,
      beta: training.beta,
      alpha: training.alpha,
      optimizer: { schedule: { kind: "constant", peak: rate, warmup: training.warmup }, averageDecay: 0 },
      checkpoint: { folder, every: training.steps },
      ...stopping(signal),
      async batch(step, weights) {
        taught = await lesson(step, weights);
        return taught;
      },
      onStep: ({ loss, gradientTokens, forwardTokens, seconds, batchSeconds }) => {
        const rows = taught.pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
        const flops = flopsOf(lengthsOf(rows), scene.policy.size);
        const reference = flopsOf(lengthsOf(new Set(rows)), scene.policy.size);
        return onStep(
          loss,
          { trainingTokens: gradientTokens, extraForwardTokens: forwardTokens, flops: 4 * flops + reference },
          { batch: batchSeconds, training: seconds - batchSeconds },
        );
      },
    });
    return state.weights;
  };
}

function lengthsOf(rows: Iterable<Response>): readonly number[] {
  return Array.from(rows, ({ tokens }) => tokens.length);
}
