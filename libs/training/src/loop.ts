import { throwIfInterrupted, TouchstoneError } from "@touchstone/core";
import { adamwStep } from "./adamw.ts";
import type { OptimizerOptions, OptimizerState, TrainedRange } from "./adamw.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import type { LlamaConfig, ModelKind } from "./config.ts";
import { GradientPool } from "./gradient-pool.ts";
import type { GradientJob } from "./gradient-pool.ts";
import type { LossName } from "./losses.ts";
import { flatten, parameterLayout, unflatten } from "./parameters.ts";
import type { Layout, Slot } from "./parameters.ts";
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
  const { config, kind, loss, shards = 2, threads = 2 } = options;
  const layout = parameterLayout(config, kind);
  const trained = layout.slots.filter(({ name }) => options.trains(name));
  const trainable = trained.map(({ name }) => name);
  await using pool = new GradientPool({ config, kind, loss, shards, threads, trainable });
  // Awaited here: leaving the function ends the workers.
  return await runSteps<Pick<StepMetrics, "loss" | "tokens">>({
    ...options,
    layout,
    trained,
    weights: pool.parameters,
    gradient: async (step, into) => {
      const batch = options.batch(step, shards);
      const value = await pool.compute(batch.shards, into);
      if (!Number.isFinite(value)) throw diverged("loss", step + 1, value);
      return { loss: value, tokens: batch.tokens };
    },
  });
}

/** What the optimizer reports of a step. */
type MovedMetrics = Pick<StepMetrics, "step" | "learningRate" | "gradientNorm" | "seconds">;

export interface StepsOptions<M> extends Omit<TrainingOptions, "onStep" | "threads" | "shards"> {
  readonly layout: Layout;
  readonly trained: readonly Slot[];
  /** Where the weights lie while they train; overwritten. */
  readonly weights: Float32Array;
  readonly initial: Weights;
  /** Writes the gradient of step `step`'s loss and says what it measured. A checkpoint is written when the signal ends it. */
  readonly gradient: (step: number, into: Float32Array) => Promise<M>;
  readonly onStep?: (metrics: M & MovedMetrics) => void | Promise<void>;
}

/** AdamW steps along given gradients, with checkpoints, resumption and interruption: what all training shares. */
export async function runSteps<M>(options: StepsOptions<M>): Promise<TrainingState> {
  const { layout, steps, checkpoint, signal } = options;
  const ranges = options.trained.map(({ offset, size, shape }): TrainedRange => ({
    start: offset,
    end: offset + size,
    decays: shape.length > 1,
  }));
  const state: OptimizerState = {
    step: 0,
    weights: options.weights,
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
  const save = async (): Promise<void> => {
    if (checkpoint !== undefined) await saveCheckpoint(checkpoint.folder, layout, state);
  };
  const gradient = new Float32Array(layout.size);
  throwIfInterrupted(signal, "training");
  while (state.step < steps) {
    const started = performance.now();
    let measured: M;
    try {
      measured = await options.gradient(state.step, gradient);
    } catch (error) {
      // The step in flight may be one of long rollouts, which end themselves: the steps before it are kept.
      if (signal?.aborted) await save();
      throw error;
    }
    const moved = adamwStep(state, gradient, ranges, options.optimizer);
    if (!Number.isFinite(moved.gradientNorm)) throw diverged("gradient", state.step, moved.gradientNorm);
    const seconds = (performance.now() - started) / 1000;
    await options.onStep?.({ ...measured, step: state.step, seconds, ...moved });
    const due = state.step === steps || (checkpoint !== undefined && state.step % checkpoint.every === 0);
    if (due || signal?.aborted) await save();
    throwIfInterrupted(signal, "training");
    if (due && (await options.onCheckpoint?.(copy())) === "stop") break;
  }
  return copy();
}

function diverged(what: "loss" | "gradient", step: number, value: number): TouchstoneError {
  return new TouchstoneError({
    code: "diverged",
    family: "input",
    what: `The ${what} of step ${step} is not a number any more; no checkpoint was written after it.`,
    value,
    fix: "Lower the peak learning rate, lengthen the warm-up or clip the gradient harder.",
  });
}
