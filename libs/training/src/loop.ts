import { throwIfInterrupted, TouchstoneError } from "@touchstone/core";
import { adamwStep } from "./adamw.ts";
import type { OptimizerOptions, OptimizerState, TrainedRange } from "./adamw.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import type { LlamaConfig, ModelKind } from "./config.ts";
import { GradientPool } from "./gradient-pool.ts";
import type { GradientJob } from "./gradient-pool.ts";
import type { LossName } from "./losses.ts";
import { flatten, parameterLayout, unflatten } from "./parameters.ts";
import type { Weights } from "./weights.ts";

export interface CheckpointOptions {
  /** Created when missing. Holds one state, replaced atomically. */
  readonly folder: string;
  /** Steps between checkpoints; the last step always writes one. */
  readonly every: number;
}

export interface StepMetrics {
  /** Steps done so far, this one included. */
  readonly step: number;
  /** Weighted mean loss of this batch, before the update. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Tokens of this batch, padding included. */
  readonly tokens: number;
  readonly seconds: number;
}

export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  readonly weights: Weights;
  /** The moving average, which is what should be evaluated and exported. */
  readonly average: Weights;
}

/** What every kind of training shares. */
export interface TrainingOptions {
  /** Total number of steps, those before a resumption included. */
  readonly steps: number;
  readonly optimizer: OptimizerOptions;
  /** With it, the state is saved, and a state found in the folder is resumed: the same weights, bit for bit, as without the break. */
  readonly checkpoint?: CheckpointOptions;
  /** Worker threads to compute gradients on; changes the time, never the result. Default: 2. */
  readonly threads?: number;
  /** Parts into which the rows of a batch are cut, at most one thread each. Part of the result's rounding. Default: 2. */
  readonly shards?: number;
  /** Called after every step. */
  readonly onStep?: (metrics: StepMetrics) => void | Promise<void>;
  /**
   * Called every `checkpoint.every` steps, and after the last, when the state is on disk; training waits for it.
   * Return 'stop' to end here: that is how a run stops on validation accuracy.
   */
  readonly onCheckpoint?: (state: TrainingState) => void | "stop" | Promise<void | "stop">;
  /** Ends the run after the step in flight, saves the state, and rejects with `interrupted`. */
  readonly signal?: AbortSignal;
}

/** A batch as the gradient pool takes it. */
export interface ShardedBatch {
  readonly shards: readonly GradientJob["inputs"][];
  readonly tokens: number;
}

export interface LoopOptions extends TrainingOptions {
  readonly config: LlamaConfig;
  readonly kind: ModelKind;
  readonly loss: LossName;
  readonly initial: Weights;
  readonly trains: (name: string) => boolean;
  readonly batch: (step: number, shards: number) => ShardedBatch;
}

/** @throws TouchstoneError `diverged`, `interrupted`, `invalid-weights`, and what reading a checkpoint can raise */
export async function runTraining(options: LoopOptions): Promise<TrainingState> {
  const { config, kind, loss, steps, checkpoint, signal, shards = 2, threads = 2 } = options;
  const layout = parameterLayout(config, kind);
  const trained = layout.slots.filter(({ name }) => options.trains(name));
  const ranges = trained.map(({ offset, size, shape }): TrainedRange => ({
    start: offset,
    end: offset + size,
    decays: shape.length > 1,
  }));
  await using pool = new GradientPool({
    config,
    kind,
    loss,
    shards,
    threads,
    trainable: trained.map(({ name }) => name),
  });
  const state: OptimizerState = {
    step: 0,
    weights: pool.parameters,
    average: new Float32Array(layout.size),
    firstMoment: new Float32Array(layout.size),
    secondMoment: new Float32Array(layout.size),
  };
  flatten(layout, options.initial, state.weights);
  state.average.set(state.weights);
  if (checkpoint !== undefined) await loadCheckpoint(checkpoint.folder, layout, state);

  const copy = (): TrainingState => ({
    step: state.step,
    weights: unflatten(layout, state.weights),
    average: unflatten(layout, state.average),
  });
  const gradient = new Float32Array(layout.size);
  throwIfInterrupted(signal, "training");
  while (state.step < steps) {
    const started = performance.now();
    const batch = options.batch(state.step, shards);
    const value = await pool.compute(batch.shards, gradient);
    if (!Number.isFinite(value)) throw diverged(state.step + 1, value);
    const moved = adamwStep(state, gradient, ranges, options.optimizer);
    const seconds = (performance.now() - started) / 1000;
    await options.onStep?.({ step: state.step, loss: value, tokens: batch.tokens, seconds, ...moved });
    const due = state.step === steps || (checkpoint !== undefined && state.step % checkpoint.every === 0);
    if (checkpoint !== undefined && (due || signal?.aborted)) await saveCheckpoint(checkpoint.folder, layout, state);
    throwIfInterrupted(signal, "training");
    if (due && (await options.onCheckpoint?.(copy())) === "stop") break;
  }
  return copy();
}

function diverged(step: number, loss: number): TouchstoneError {
  return new TouchstoneError({
    code: "diverged",
    family: "input",
    what: `The loss of step ${step} is not a number any more; no checkpoint was written after it.`,
    value: loss,
    fix: "Lower the peak learning rate, lengthen the warm-up or clip the gradient harder.",
  });
}
