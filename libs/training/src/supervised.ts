import type { LlamaConfig } from "./config.ts";
import { initializeLlama } from "./initialize.ts";
import { runTraining } from "./loop.ts";
import type { ShardedBatch, TrainingOptions, TrainingState } from "./loop.ts";
import { checkTotalWeight, cutRows } from "./rows.ts";
import type { Weights } from "./weights.ts";

/** Token rows of one shape. Every new (rows, length) costs seconds of compilation and its own memory: use few. */
export interface SupervisedBatch {
  readonly rows: number;
  readonly length: number;
  /** [rows × length], row-major; pad on the right with any token id. */
  readonly tokens: Int32Array;
  /**
   * [rows × length], ≥ 0: how much the prediction of tokens[r, t] from tokens[r, < t] counts. 0 on padding.
   * Column 0 has nothing to be predicted from and is ignored. The loss is Σ w·nll / Σ w over the batch.
   */
  readonly weights: Float32Array;
}

export interface SupervisedOptions extends TrainingOptions {
  readonly config: LlamaConfig;
  /** Starting weights, or the seed of a fresh initialisation. Not used when the checkpoint folder holds a state. */
  readonly initial: Weights | number;
  /** The batch of step `step` (0, 1, …): a pure function of the step, so that a resumed run sees the same data. */
  readonly batch: (step: number) => SupervisedBatch;
}

/** Next-token training of a Llama model (weighted cross-entropy). Resumes when `checkpoint.folder` holds a state. */
export function trainSupervised(options: SupervisedOptions): Promise<TrainingState> {
  const { config, initial } = options;
  return runTraining({
    ...options,
    kind: "language-model",
    loss: "supervised",
    initial: typeof initial === "number" ? initializeLlama(config, initial) : initial,
    trains: () => true,
    batch: (step, shards) => shardSupervised(options.batch(step), shards),
  });
}

/** Cuts a batch by rows and shifts targets under the positions that predict them; weights are divided by their sum over all shards. */
export function shardSupervised(batch: SupervisedBatch, shards: number): ShardedBatch {
  const { rows, length } = batch;
  const targets = new Int32Array(rows * length);
  const weights = new Float32Array(rows * length);
  let total = 0;
  for (let r = 0; r < rows; r++) {
    for (let t = 1; t < length; t++) {
      const at = r * length + t;
      targets[at - 1] = batch.tokens[at]!;
      weights[at - 1] = batch.weights[at]!;
      total += batch.weights[at]!;
    }
  }
  checkTotalWeight(total);
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! / total;
  const shape = [rows, length];
  const inputs = {
    tokens: { shape, data: Int32Array.from(batch.tokens) },
    targets: { shape, data: targets },
    weights: { shape, data: weights },
  };
  return { shards: cutRows(inputs, rows, shards), tokens: rows * length };
}
