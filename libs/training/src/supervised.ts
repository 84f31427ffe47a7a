import type { LlamaConfig } from "./config.ts";
import { initializeLlama } from "./initialize.ts";
import { openLikelihoodGradient } from "./likelihood-gradient.ts";
import type { LikelihoodGradientOptions, TokenRow } from "./likelihood-gradient.ts";
import { runSteps, runTraining } from "./loop.ts";
import type { ShardedBatch, StepMetrics, TrainingOptions, TrainingState } from "./loop.ts";
import { parameterLayout } from "./parameters.ts";
import { checkTotalWeight, cutRows } from "./rows.ts";
import type { Weights } from "./weights.ts";

/** Token rows of one shape. With jax-js every new (rows, length) costs seconds of compilation and its own memory: use few. */
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
  /**
   * What computes gradients, see `openLikelihoodGradient`: onnx is many times faster, reads no padding and does not take `shards`. The
   * two round differently, and a resumed run should keep its own. Default: jax, with which the built-in models were trained.
   */
  readonly backend?: LikelihoodGradientOptions["backend"];
  /** Starting weights, or the seed of a fresh initialisation. Not used when the checkpoint folder holds a state. */
  readonly initial: Weights | number;
  /** The batch of step `step` (0, 1, …): a pure function of the step, so that a resumed run sees the same data. */
  readonly batch: (step: number) => SupervisedBatch;
}

/** Next-token training of a Llama model (weighted cross-entropy). Resumes when `checkpoint.folder` holds a state. */
export function trainSupervised(options: SupervisedOptions): Promise<TrainingState> {
  const { config } = options;
  const initial = typeof options.initial === "number" ? initializeLlama(config, options.initial) : options.initial;
  if (options.backend === "onnx") return trainOnRows({ ...options, initial });
  return runTraining({
    ...options,
    kind: "language-model",
    loss: "supervised",
    initial,
    trains: () => true,
    batch: (step, shards) => shardSupervised(options.batch(step), shards),
  });
}

async function trainOnRows(options: SupervisedOptions & { readonly initial: Weights }): Promise<TrainingState> {
  const { config, threads = 2 } = options;
  const layout = parameterLayout(config, "language-model");
  await using engine = await openLikelihoodGradient({ config, backend: "onnx", threads });
  // Awaited here: leaving the function ends the workers.
  return await runSteps<Pick<StepMetrics, "loss" | "tokens">>({
    ...options,
    layout,
    trained: layout.slots,
    weights: engine.parameters,
    gradient: async (step, into) => {
      const batch = options.batch(step);
      const { rows, coefficients } = supervisedRows(batch);
      const logp = await engine.gradient(rows, coefficients, into);
      let loss = 0;
      logp.forEach((row, r) => row.forEach((value, t) => (loss += coefficients[r]![t]! * value)));
      return { loss, tokens: batch.rows * batch.length };
    },
  });
}

/** Rows up to their last token that counts, and ∂loss/∂log p = −w / Σ w for each token. */
function supervisedRows({ rows: count, length, tokens, weights }: SupervisedBatch): {
  rows: TokenRow[];
  coefficients: Float32Array[];
} {
  const ofRow = (r: number): Float32Array => weights.slice(r * length, (r + 1) * length).fill(0, 0, 1);
  const given = Array.from({ length: count }, (_, r) => ofRow(r));
  const total = given.reduce((sum, row) => row.reduce((part, w) => part + w, sum), 0);
  checkTotalWeight(total);
  const counted = given.map((row, r) => ({ row, r, end: row.findLastIndex((w) => w !== 0) + 1 }));
  const kept = counted.filter(({ end }) => end > 0);
  return {
    rows: kept.map(({ r, end }) => ({ tokens: tokens.subarray(r * length, r * length + end) })),
    coefficients: kept.map(({ row, end }) => row.subarray(0, end).map((w) => -w / total)),
  };
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
