import type { LlamaConfig } from './config.ts';
import type { OptimizerOptions, CheckpointOptions, StepMetrics, TrainingState } from './loop.ts';
import type { Weights } from './weights.ts';

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

export interface SupervisedOptions {
  readonly config: LlamaConfig;
  /** Starting weights, or the seed of a fresh initialisation. Ignored when the checkpoint folder holds a later state. */
  readonly initial: Weights | number;
  /** The batch of step `step` (0, 1, …): a pure function of the step, so that a resumed run sees the same data. */
  readonly batch: (step: number) => SupervisedBatch;
  /** Total number of steps, those before a resumption included. */
  readonly steps: number;
  readonly optimizer: OptimizerOptions;
  readonly checkpoint?: CheckpointOptions;
  /** Threads to compute gradients on; changes the time, never the result. Default: 2. */
  readonly threads?: number;
  /** Called after every step. */
  readonly onStep?: (metrics: StepMetrics) => void | Promise<void>;
  /**
   * Called after every checkpoint (and after the last step) with live copies; training waits for it.
   * Return 'stop' to end here: that is how a run stops on validation accuracy.
   */
  readonly onCheckpoint?: (state: TrainingState) => void | 'stop' | Promise<void | 'stop'>;
  /** Ends the run after the step in flight, with a checkpoint written, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Next-token training of a Llama model (weighted cross-entropy). Resumes from `checkpoint.folder` if a state is there. */
export declare function trainSupervised(options: SupervisedOptions): Promise<TrainingState>;
