import { compactLoop, flushEvery } from "./compact-loop.ts";
import { checkWeights } from "./model.ts";
import type { Model } from "./model.ts";
import { GraphBuilder } from "./onnx.ts";
import type { Value } from "./onnx.ts";
import type { Emit, Law, LoopKind, Prompts, Target } from "./options.ts";
import { prefillSeparate, prefillShared } from "./prefill.ts";
import { logitsKeptUpTo } from "./record.ts";
import type { LoopStart } from "./loop-start.ts";
import type { DrawnRecord, Sampling } from "./record.ts";
import { cacheWidth, prefillResumed } from "./resume.ts";
import { rotaryTables, turningHeads } from "./rotary.ts";
import { lawInputs } from "./sampler.ts";
import { singleRowLoop } from "./single-row-loop.ts";
import { Transformer } from "./transformer.ts";
import { measureNames } from "./statistics.ts";
import { wholeLoop } from "./whole-loop.ts";

export interface GenerateOptions {
  readonly target: Target;
  readonly loop: LoopKind;
  readonly law: Law;
  /** Default `shared`. */
  readonly prompts?: Prompts;
  /** Default `fused`. */
  readonly emit?: Emit;
  /** Measures of the whole distribution as outputs. Default true. Log-probabilities are always there. */
  readonly statistics?: boolean;
}

/**
 * Prefill, decode loop and sampler in one graph: R samples of one prompt in one run, at most M new tokens each.
 *
 * Inputs (feed exactly these)
 * - `prompt_ids` int64 [S], S ≥ 1: the prompt's tokens; to continue a prefix, append the prefix. With separate prompts [R, S],
 *   padded on the right with any token, and
 * - `prompt_lengths` int64 [R], 1 … S: the real tokens of each row's prompt (separate and resumed prompts).
 * - `past` float32 [R, P, W], W = `cacheWidth`, padded on the right with any finite numbers, and `past_lengths` int64 [R], 0 … P
 *   (resumed prompts only): keys and values of the tokens before those in `prompt_ids`, as an earlier run
 *   of such a graph handed them out. The numbers of a token depend on all tokens before it: only a prefix of a sequence may be given.
 * - `uniforms` float32 [M, R] in [0, 1), M, R ≥ 1: `uniforms[t, r]` decides the t-th new token of row r by the inverse of the
 *   cumulative distribution in token order. M is the cap on new tokens, R the number of rows (`greedy` uses the shape alone).
 * - `end_ids` int64 [E], E ≥ 1: feed [-1] when there is none.
 * - `temperature` float32 [] > 0 (laws `plain`, `truncated`).
 * - `top_k` int64 [], 1 … V, V for none; `top_p` float32 [], (0, 1], 1 for none (law `truncated`).
 *
 * Outputs, T ≤ M steps actually run (the loop ends when every row has)
 * - `tokens` int32 [T, R]: of row r the first `lengths[r]` are meaningful.
 * - `lengths` int32 [R]: new tokens, the end token included. A row ended by itself iff its last token is in `end_ids`.
 * - `log_probability` float32 [T, R]: of the token at temperature 1, under the full softmax.
 * - `decoding_log_probability` float32 [T, R]: of the token under the decoding law (0 for `greedy`).
 * - `entropy`, `self_certainty`, `gini`, `top_confidence` float32 [T, R] (with `statistics`): of the full softmax at
 *   temperature 1, in nats; see `distributionMeasures` for the formulas.
 * - `read_cache` float32 [R, S, W] and `drawn_cache` float32 [B, R, I, W] (resumed prompts): keys and values of `prompt_ids` and of
 *   the drawn tokens, the t-th in block ⌊t / I⌋ at place t mod I; behind a row's length, any numbers.
 *
 * With `resumed-shared` prompts `prompt_ids`, `prompt_lengths`, `past`, `past_lengths` and `read_cache` are of one row, whose prompt all continue.
 *
 * Rows do not see each other. A row with a smaller cap of its own is cut by the caller: what it drew before does not depend on M.
 * S + M must not exceed the model's `maximumPositions`; the graph does not check it.
 * @returns the bytes of an ONNX model whose external data are the files of `model.weights`. Load it with the session option
 * `session.model_external_initializers_file_folder_path` set to the model's folder. Equal arguments give equal bytes.
 * @throws TouchstoneError `invalid-weights`
 */
export function buildGenerateGraph(model: Model, options: GenerateOptions): Uint8Array {
  checkWeights(model);
  const b = new GraphBuilder();
  const prompts = options.prompts ?? "shared";
  const prompted = prompts === "resumed-shared" ? 1 : "rows";
  const singleRow = isSingleRow(model, options);
  const transformer = new Transformer(b, model, options, singleRow ? "stacked" : "grouped");
  const promptIds = b.input("prompt_ids", "int64", prompts === "shared" ? ["prompt"] : [prompted, "prompt"]);
  const lengths = prompts === "shared" ? undefined : b.input("prompt_lengths", "int64", [prompted]);
  const uniforms = b.input("uniforms", "float", ["limit", "rows"]);
  const endIds = b.op("Cast", [b.input("end_ids", "int64", ["ends"])], { to: 6 });
  const sampling: Sampling = {
    law: options.law,
    inputs: lawInputs(b, options.law),
    vocabularySize: model.config.vocabularySize,
    statistics: options.statistics ?? true,
  };
  const resumed =
    (prompts === "resumed" || prompts === "resumed-shared") && lengths !== undefined
      ? {
          ids: promptIds,
          lengths,
          past: b.input("past", "float", [prompted, "past", cacheWidth(model.config)]),
          pastLengths: b.input("past_lengths", "int64", [prompted]),
          shared: prompts === "resumed-shared",
        }
      : undefined;
  const unread = b.op("Shape", [promptIds], { start: -1 });
  const longest =
    resumed === undefined ? unread : b.op("Add", [unread, b.op("Shape", [resumed.past], { start: 1, end: 2 })]);
  const steps = b.op("Shape", [uniforms], { start: 0, end: 1 });
  // The compact loop rounds the number of steps up, by less than its interval.
  const positions = b.op("Add", [b.op("Add", [longest, steps]), b.int64([flushEvery])]);
  const tables = rotaryTables(b, transformer, b.op("Squeeze", [positions]));
  const common = {
    transformer,
    sampling,
    tables,
    steps,
    uniforms: b.op("Unsqueeze", [uniforms, b.int64([2])]),
    endIds,
  };
  if (singleRow) {
    outputs(b, singleRowLoop(b, { ...common, promptIds }), endIds);
  } else {
    const frame = { heads: turningHeads(b, transformer), tables };
    const read = resumed === undefined ? undefined : prefillResumed(b, transformer, resumed, tables);
    const start: LoopStart = {
      ...common,
      ...frame,
      ...(read ??
        (lengths === undefined
          ? { ...prefillShared(b, transformer, promptIds, frame), promptTokens: longest }
          : {
              ...prefillSeparate(b, transformer, promptIds, lengths, frame),
              promptTokens: b.op("Unsqueeze", [lengths, b.int64([1])]),
            })),
      rows: b.op("Shape", [uniforms], { start: 1, end: 2 }),
      keepsCache: read !== undefined,
    };
    const record = options.loop === "compact" ? compactLoop(b, start) : wholeLoop(b, start);
    outputs(b, record, endIds);
    if (read !== undefined && record.cache !== undefined) {
      const width = cacheWidth(model.config);
      b.output("read_cache", read.readCache, "float", [prompted, "prompt", width]);
      b.output("drawn_cache", record.cache, "float", ["blocks", "rows", "interval", width]);
    }
  }
  return b.toBytes(`generate-${options.loop}-${options.law}`);
}

/** GroupQueryAttention serves one row of one prompt on the CPU, with heads a multiple of 16 wide; elsewhere `single-row` means `whole`. */
function isSingleRow({ config }: Model, { loop, target, emit, prompts }: GenerateOptions): boolean {
  if (config.headSize % 16 !== 0 || (prompts ?? "shared") !== "shared") return false;
  return loop === "single-row" && target === "cpu" && emit !== "primitive";
}

function outputs(b: GraphBuilder, record: DrawnRecord, endIds: Value): void {
  const flat = (value: Value) => b.op("Squeeze", [value, b.int64([2])]);
  const shape = ["steps", "rows"];
  const ends = b.op("Cast", [b.op("Equal", [record.tokens, endIds])], { to: 1 });
  const ended = b.op("ReduceMax", [ends, b.int64([2])], { keepdims: 0 });
  const first = b.op("Add", [b.op("ArgMax", [ended], { axis: 0, keepdims: 0 }), b.int64(1)]);
  const ever = b.op("Greater", [b.op("ReduceMax", [ended, b.int64([0])], { keepdims: 0 }), b.float(0)]);
  const all = b.op("Shape", [record.tokens], { start: 0, end: 1 });
  b.output("tokens", flat(record.tokens), "int32", shape);
  b.output("lengths", b.op("Cast", [b.op("Where", [ever, first, all])], { to: 6 }), "int32", ["rows"]);
  b.output("log_probability", flat(record.logProbability), "float", shape);
  b.output("decoding_log_probability", flat(record.decodingLogProbability), "float", shape);
  record.measures.forEach((measure, i) => b.output(measureNames[i] ?? "", flat(measure), "float", shape));
}

/**
 * Upper estimate of the bytes that a generate run holds beyond the weights: the rows' keys and values (twice: a step's copy exists
 * beside the one it is made from), activations, logits and what the loop hands out. For splitting rows so that a limit holds.
 */
export function generateMemory(
  model: Model,
  run: {
    readonly rows: number;
    readonly promptTokens: number;
    readonly newTokens: number;
    /** Default `shared`. */
    readonly prompts?: Prompts;
  },
): number {
  const { config } = model;
  const { rows, promptTokens, newTokens } = run;
  const prompts = run.prompts === "separate" || run.prompts === "resumed" ? rows : 1;
  const perToken = 2 * config.layers * config.keyValueHeads * config.headSize;
  const cache = 2 * perToken * (rows * newTokens + prompts * promptTokens);
  const decodeScores = 3 * rows * config.heads * (promptTokens + newTokens);
  const prefillScores = 3 * prompts * config.heads * promptTokens ** 2;
  const width = config.heads * config.headSize + 3 * config.hiddenSize + 3 * config.intermediateSize;
  const activations = Math.max(rows, prompts * promptTokens) * width;
  const kept = config.vocabularySize <= logitsKeptUpTo ? newTokens : 1;
  const logits = 6 * rows * config.vocabularySize * kept;
  return 4 * (cache + decodeScores + prefillScores + activations + logits + 10 * rows * newTokens);
}
