import {
  trainReward,
  type LlamaConfig,
  type RewardBatch,
  type RewardKind,
  type RewardPart,
  type Weights,
} from "@touchstone/training";
import type { Progress } from "./progress.ts";
import { stepLog } from "./step-log.ts";

/** How one reward model is taught. */
export interface RewardRecipe {
  readonly kind: RewardKind;
  /** Rows seen, each at most once. */
  readonly samples: number;
  /** Peak learning rate of the cosine, after 20 steps of warm-up. */
  readonly rate: number;
  readonly trains: readonly RewardPart[];
}

/** Where the head of a reward model starts. */
export interface RewardHead {
  readonly scale?: number;
  readonly bias?: number;
  readonly vector?: Float32Array;
}

/** Teaches a reward model the labels of the batches, each once. Resumes from `folder`. */
export async function runReward(
  recipe: RewardRecipe,
  from: { readonly config: LlamaConfig; readonly weights: Weights; readonly head: RewardHead },
  batches: readonly (() => RewardBatch)[],
  options: { readonly folder: string; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Weights> {
  const { folder, progress, signal } = options;
  const steps = batches.length;
  const { average } = await trainReward({
    config: from.config,
    kind: recipe.kind,
    initial: from.weights,
    head: from.head,
    trains: recipe.trains,
    steps,
    batch: (step) => {
      const batch = batches[step];
      if (!batch) throw new RangeError(`step ${step} of ${steps}`);
      return batch();
    },
    optimizer: {
      schedule: { kind: "cosine", peak: recipe.rate, warmup: 20, steps },
      betas: [0.9, 0.98],
      averageDecay: 0.98,
    },
    checkpoint: { folder, every: 100 },
    signal,
    onStep: stepLog(progress, steps, 50),
  });
  return average;
}
