import { runTraining } from "./loop.ts";
import type { ShardedBatch, TrainingState } from "./loop.ts";
import { invalidBatch } from "./response-rows.ts";
import { rewardInputs, rewardStart } from "./reward.ts";
import type { RewardKind, RewardModelOptions, RewardRows } from "./reward.ts";
import { checkTotalWeight, cutRows } from "./rows.ts";
import type { RowInputs } from "./rows.ts";

export interface BradleyTerryBatch {
  /** The preferred response y⁺ of each pair. */
  readonly chosen: RewardRows;
  /** The other one, y⁻, in the same order, as many rows of the same padded length. */
  readonly rejected: RewardRows;
  /** [pairs], ≥ 0. Default: 1 for every pair. The loss is Σ w·loss / Σ w over the batch. */
  readonly weights?: Float32Array;
}

export interface BradleyTerryOptions extends RewardModelOptions {
  /** The batch of step `step` (0, 1, …): a pure function of the step. */
  readonly batch: (step: number) => BradleyTerryBatch;
}

/**
 * Pairwise training of a reward model: −log σ(r(y⁺) − r(y⁻)), the log-likelihood of the preferences under Bradley and Terry (1952) as
 * Ouyang et al. (2022), eq. 1, train it. The bias cancels and keeps its start. Resumes when `checkpoint.folder` holds a state.
 */
export function trainBradleyTerry(options: BradleyTerryOptions): Promise<TrainingState> {
  const { kind } = options;
  return runTraining({
    ...options,
    ...rewardStart(options),
    loss: `${kind}Pairs`,
    batch: (step, shards) => shardPairs(kind, options.batch(step), shards),
  });
}

export function shardPairs(kind: RewardKind, batch: BradleyTerryBatch, shards: number): ShardedBatch {
  const { chosen, rejected } = batch;
  const { rows: pairs, length } = chosen;
  if (rejected.rows !== pairs || rejected.length !== length) {
    throw invalidBatch(
      `The ${pairs} chosen rows of ${length} tokens have no rejected ones of the same number and length beside them.`,
      [rejected.rows, rejected.length],
      "Give a rejected row for every chosen one, all padded to one length.",
    );
  }
  const weights = Float32Array.from({ length: pairs }, (_, i) => batch.weights?.[i] ?? 1);
  const total = weights.reduce((sum, value) => sum + value, 0);
  checkTotalWeight(total);
  const inputs: RowInputs = {
    ...inPairs(rewardInputs(kind, chosen), rewardInputs(kind, rejected)),
    contrast: { shape: [pairs, 2], data: Float32Array.from({ length: 2 * pairs }, (_, i) => (i % 2 === 0 ? 1 : -1)) },
    signs: { shape: [pairs], data: new Float32Array(pairs).fill(1) },
    weights: { shape: [pairs], data: weights.map((value) => value / total) },
  };
  return { shards: cutRows(inputs, pairs, shards), tokens: 2 * pairs * length };
}

/** Arrays [pairs, …] of both sides as [pairs, 2, …]. */
function inPairs(chosen: RowInputs, rejected: RowInputs): RowInputs {
  return Object.fromEntries(
    Object.entries(chosen).map(([name, { shape, data }]) => {
      const [pairs, ...rest] = shape as [number, ...number[]];
      const width = data.length / pairs;
      const joined = data instanceof Int32Array ? new Int32Array(2 * data.length) : new Float32Array(2 * data.length);
      for (let i = 0; i < pairs; i++) {
        joined.set(data.subarray(i * width, (i + 1) * width), 2 * i * width);
        joined.set(rejected[name]!.data.subarray(i * width, (i + 1) * width), (2 * i + 1) * width);
      }
      return [name, { shape: [pairs, 2, ...rest], data: joined }];
    }),
  );
}
