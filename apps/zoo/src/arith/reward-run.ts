import { trainReward, type RewardKind, type RewardPart, type Weights } from "@touchstone/training";
import type { Progress } from "../progress.ts";
import { stepLog } from "../step-log.ts";
import { ARITH_CONFIG } from "./model.ts";
import { rewardBatches } from "./reward-batches.ts";
import type { LabelledRow } from "./reward-rows.ts";

/** How one reward model is taught. */
export interface RewardRecipe {
  readonly kind: RewardKind;
  /** Rows seen, each at most once. */
  readonly samples: number;
  /** Peak learning rate of the cosine, after 20 steps of warm-up. */
  readonly rate: number;
  /** Where the head starts. */
  readonly head?: { readonly scale?: number; readonly bias?: number };
  readonly trains: readonly RewardPart[];
}

/** Teaches a reward model the labels of the rows. Resumes from `folder`. */
export async function runReward(
  recipe: RewardRecipe,
  from: Weights,
  rows: readonly LabelledRow[],
  options: {
    readonly purpose: string;
    readonly folder: string;
    readonly progress: Progress;
    readonly signal: AbortSignal;
  },
): Promise<Weights> {
  const { purpose, folder, progress, signal } = options;
  const batches = rewardBatches(rows, purpose, recipe.samples);
  const steps = batches.length;
  const { average } = await trainReward({
    config: ARITH_CONFIG,
    kind: recipe.kind,
    initial: from,
    ...(recipe.head && { head: recipe.head }),
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
