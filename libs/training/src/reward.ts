import { TouchstoneError } from "@touchstone/core";
import type { LlamaConfig } from "./config.ts";
import { initializeLlama } from "./initialize.ts";
import { runTraining } from "./loop.ts";
import type { LoopOptions, ShardedBatch, TrainingOptions, TrainingState } from "./loop.ts";
import { checkTotalWeight, cutRows } from "./rows.ts";
import type { RowInputs } from "./rows.ts";
import type { Tensor, Weights } from "./weights.ts";

export type RewardKind = "classifier" | "likelihood";

/** Prompts with responses, right-padded to one length. */
export interface RewardRows {
  readonly rows: number;
  readonly length: number;
  /** [rows × length], row-major. */
  readonly tokens: Int32Array;
  /** [rows]: position of the first response token, ≥ 1. */
  readonly starts: Int32Array;
  /** [rows]: one past the last response token (the end token, where there is one). */
  readonly ends: Int32Array;
}

export interface RewardBatch extends RewardRows {
  /** [rows], in [0, 1]: how good the labels call a response; 1 for correct, 0 for wrong, between them a soft label. */
  readonly labels: Float32Array;
  /** [rows], ≥ 0. Default: 1 for every row. The loss is Σ w·loss / Σ w over the batch. */
  readonly weights?: Float32Array;
}

/**
 * What may train: the trunk (with the language-model head), the likelihood's scale a (`likelihood.scale`), the vector v on the last hidden
 * state (`score.weight`), the bias b (`score.bias`).
 */
export type RewardPart = "trunk" | "scale" | "vector" | "bias";

/** What pointwise and pairwise training of a reward model share. */
export interface RewardModelOptions extends TrainingOptions {
  readonly config: LlamaConfig;
  /**
   * "classifier": r = v·h_last, the layout of LlamaForSequenceClassification with one label.
   * "likelihood": r = a·Σ_t log p(y_t | x, y_<t) + v·h_last + b over the response (ours).
   */
  readonly kind: RewardKind;
  /** Weights of a language or reward model, or the seed of a fresh trunk. Head tensors that are not there start as `head` says. */
  readonly initial: Weights | number;
  /** Where the head starts; overrides what `initial` brings. Default: a = 1, v = 0, b = 0. */
  readonly head?: { readonly scale?: number; readonly vector?: Float32Array; readonly bias?: number };
  /** Default: all parts. */
  readonly trains?: readonly RewardPart[];
}

export interface RewardOptions extends RewardModelOptions {
  /** The batch of step `step` (0, 1, …): a pure function of the step. */
  readonly batch: (step: number) => RewardBatch;
}

/** Pointwise training of a reward model: logistic regression of the labels on r. Resumes when `checkpoint.folder` holds a state. */
export function trainReward(options: RewardOptions): Promise<TrainingState> {
  const { kind } = options;
  return runTraining({
    ...options,
    ...rewardStart(options),
    loss: kind,
    batch: (step, shards) => shardReward(kind, options.batch(step), shards),
  });
}

/** Where training starts, and what of the model moves. */
export function rewardStart(options: RewardModelOptions): Pick<LoopOptions, "initial" | "trains"> {
  const { trains = ["trunk", "scale", "vector", "bias"] } = options;
  return { initial: initialReward(options), trains: (name) => trains.includes(partOf(name)) };
}

function partOf(name: string): RewardPart {
  if (name === "likelihood.scale") return "scale";
  if (name === "score.weight") return "vector";
  return name === "score.bias" ? "bias" : "trunk";
}

function initialReward({ config, kind, initial, head = {} }: RewardModelOptions): Weights {
  const start = new Map<string, Tensor>([
    ["score.weight", { shape: [1, config.hidden_size], data: new Float32Array(config.hidden_size) }],
    ["score.bias", { shape: [1], data: new Float32Array(1) }],
    ["likelihood.scale", { shape: [1], data: Float32Array.of(1) }],
  ]);
  const weights = typeof initial === "number" ? initializeLlama(config, initial, kind) : initial;
  for (const [name, tensor] of weights) start.set(name, tensor);
  if (head.scale !== undefined) start.set("likelihood.scale", { shape: [1], data: Float32Array.of(head.scale) });
  if (head.bias !== undefined) start.set("score.bias", { shape: [1], data: Float32Array.of(head.bias) });
  if (head.vector !== undefined) {
    start.set("score.weight", { shape: [1, head.vector.length], data: Float32Array.from(head.vector) });
  }
  return start;
}

/** The arrays that the reward of `kind` reads (see losses.ts). */
export function rewardInputs(kind: RewardKind, batch: RewardRows): RowInputs {
  const { rows, length } = batch;
  const shape = [rows, length];
  const last = new Float32Array(rows * length);
  checkSpans(batch);
  for (let r = 0; r < rows; r++) last[r * length + batch.ends[r]! - 1] = 1;
  const inputs = { tokens: { shape, data: Int32Array.from(batch.tokens) }, last: { shape, data: last } };
  if (kind === "classifier") return inputs;
  const targets = new Int32Array(rows * length);
  const response = new Float32Array(rows * length);
  for (let r = 0; r < rows; r++) {
    // The token at position t is predicted at position t − 1.
    for (let t = batch.starts[r]!; t < batch.ends[r]!; t++) {
      targets[r * length + t - 1] = batch.tokens[r * length + t]!;
      response[r * length + t - 1] = 1;
    }
  }
  return { ...inputs, targets: { shape, data: targets }, response: { shape, data: response } };
}

function checkSpans({ rows, length, starts, ends }: RewardRows): void {
  for (let r = 0; r < rows; r++) {
    const [start, end] = [starts[r]!, ends[r]!];
    if (start >= 1 && start < end && end <= length) continue;
    throw new TouchstoneError({
      code: "invalid-batch",
      family: "input",
      what: `The response of row ${r} does not lie within its ${length} tokens, after at least one of the prompt.`,
      value: [start, end],
      fix: "Give starts ≥ 1 and ends > starts, at most the length of the row.",
    });
  }
}

export function shardReward(kind: RewardKind, batch: RewardBatch, shards: number): ShardedBatch {
  const { rows, length, labels } = batch;
  const weights = Float32Array.from({ length: rows }, (_, r) => batch.weights?.[r] ?? 1);
  const total = weights.reduce((sum, value) => sum + value, 0);
  checkTotalWeight(total);
  const inputs: RowInputs = {
    ...rewardInputs(kind, batch),
    signs: { shape: [rows], data: Float32Array.from(labels, (label) => 2 * label - 1) },
    weights: { shape: [rows], data: weights.map((value) => value / total) },
  };
  return { shards: cutRows(inputs, rows, shards), tokens: rows * length };
}
