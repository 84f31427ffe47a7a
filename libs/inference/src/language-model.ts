import type {
  ChatMessage,
  LanguageModel,
  ModelIdentity,
  ModelSize,
  Pair,
  SampleBatch,
  SampleOptions,
  SampleRequest,
  TokenStatistics,
} from "@touchstone/core";
import { TouchstoneError } from "@touchstone/core";
import { type LoopKind, shortestSequence } from "@touchstone/graph";
import { batchesByLength, padRight } from "./batches.ts";
import { ChatTokenizer } from "./chat-tokenizer.ts";
import { checkRequest } from "./decoding.ts";
import { type EngineOptions, type EnginePlan, planEngine } from "./device.ts";
import { type Job, EnginePool } from "./engine/pool.ts";
import type { Tensors } from "./engine/protocol.ts";
import { finishRow } from "./finish.ts";
import { forwardMemory } from "./forward-memory.ts";
import { batchesOf, contextOf, generateJob, repeat } from "./generate-job.ts";
import { Graphs, hashGraphs } from "./graphs.ts";
import { identityOf, sizeOf } from "./identity.ts";
import { type ModelFolder, readModelFolder } from "./model-folder.ts";
import { planRuns } from "./runs.ts";
import { lineEnds } from "./line-ends.ts";
import { statisticsBy } from "./statistics.ts";
import { float32Scalar, floatsOf, int64, int64Scalar } from "./tensors.ts";

export interface LanguageModelOptions extends EngineOptions {
  /** Decode loop for tiles of more than one row; for measurements. Default: finished rows are dropped where the device can. */
  readonly loop?: Exclude<LoopKind, "single-row">;
}

/** A language model on this machine. */
export interface LocalLanguageModel extends LanguageModel {
  /** Absolute path of the model's folder. */
  readonly folder: string;
  readonly plan: EnginePlan;
  /** Highest resident memory of the engine's workers so far, summed; 0 before the first run. */
  readonly peakMemoryBytes: number;
  /**
   * Tokens of prompts and prefixes that drawing started from so far: read, or reused because an earlier continuation's keys and values were
   * kept. What rows of a run share counts once.
   */
  readonly reading: { readonly read: number; readonly reused: number };
  /** Tokens of the prompt after the chat template, as the model reads them. The array is shared: do not write to it. */
  promptTokens(messages: readonly ChatMessage[]): Int32Array;
}

/** Rows per run of score and embed. */
const FORWARD_ROWS = 32;

/**
 * Loads a causal language model from a folder in Hugging Face layout. Nothing runs until it is used: weights are read by the
 * workers, at their first run.
 * @throws TouchstoneError for a folder that is incomplete, corrupt or of an architecture we do not build, and for impossible options
 */
export async function loadLanguageModel(
  folder: string,
  options: LanguageModelOptions = {},
): Promise<LocalLanguageModel> {
  return new OnnxLanguageModel(await readLanguageModel(folder, options));
}

/** A language model that is read, but not open. */
export interface ReadLanguageModel {
  readonly read: ModelFolder;
  readonly identity: ModelIdentity;
  readonly plan: EnginePlan;
  readonly graphs: Graphs;
}

/** @throws TouchstoneError as {@link loadLanguageModel} */
export async function readLanguageModel(folder: string, options: LanguageModelOptions): Promise<ReadLanguageModel> {
  const read = await readModelFolder(folder);
  const { architecture, kind } = read.model.config;
  if (kind !== "language-model") {
    throw new TouchstoneError({
      code: "not-a-language-model",
      family: "input",
      what: "This model gives rewards; it cannot draw responses.",
      value: `${read.path} (${architecture})`,
      fix: "Use it as a reward model, and give a causal language model here.",
    });
  }
  const plan = planEngine(read.weightBytes, options);
  const named = new Graphs(read.model, plan.provider, options.loop);
  const graphHash = hashGraphs([
    ...(["plain", "truncated", "greedy"] as const).map((law) => named.generate(law, plan.tile)),
    ...(["plain", "truncated"] as const).map((law) => named.generate(law, plan.tile, "separate")),
    named.generate("greedy", 1),
    named.score(),
  ]);
  const identity = await identityOf(read, plan, graphHash);
  const graphs = read.opened.model === read.model ? named : new Graphs(read.opened.model, plan.provider, options.loop);
  return { read, identity, plan, graphs };
}

/** {@link LocalLanguageModel} by graphs that ONNX Runtime runs. */
export class OnnxLanguageModel implements LocalLanguageModel {
  readonly folder: string;
  identity: ModelIdentity;
  readonly size: ModelSize;
  readonly plan: EnginePlan;
  readonly #read: ModelFolder;
  #graphs: Graphs;
  readonly #pool: EnginePool;
  readonly #tokenizer: ChatTokenizer;
  readonly #reading = { read: 0, reused: 0 };

  constructor({ read, identity, plan, graphs }: ReadLanguageModel) {
    this.folder = read.path;
    this.identity = identity;
    this.size = sizeOf(read.model);
    this.plan = plan;
    this.#read = read;
    this.#graphs = graphs;
    this.#tokenizer = new ChatTokenizer(read);
    this.#pool = new EnginePool({ settings: { folder: read.opened.folder, ...plan }, ...plan });
  }

  get peakMemoryBytes(): number {
    return this.#pool.peakMemoryBytes;
  }

  get reading(): { readonly read: number; readonly reused: number } {
    return { ...this.#reading };
  }

  get contextLength(): number {
    return this.#read.model.config.maximumPositions;
  }

  promptLength(messages: readonly ChatMessage[]): number {
    return this.#tokenizer.prompt(messages).length;
  }

  promptTokens(messages: readonly ChatMessage[]): Int32Array {
    return this.#tokenizer.prompt(messages);
  }

  lineEnds(tokens: Int32Array, delimiter: string): Int32Array {
    return lineEnds(tokens, delimiter, this.#tokenizer);
  }

  async *sample(
    requests: readonly SampleRequest[],
    { signal, onProgress }: SampleOptions = {},
  ): AsyncGenerator<SampleBatch> {
    const open: number[] = [];
    const finished: SampleBatch[] = [];
    for (const [position, request] of requests.entries()) {
      const promptTokens = this.promptLength(request.problem.messages);
      checkRequest(request, promptTokens, this.#read.model.config.maximumPositions);
      if (this.#isOver(request)) finished.push(this.#unchanged(request, position, promptTokens));
      else open.push(position);
    }
    yield* finished;
    const parts = { model: this.#read.model, graphs: this.#graphs, tokenizer: this.#tokenizer };
    const contextTokens = (i: number) =>
      this.promptLength(requests[i]!.problem.messages) + (requests[i]!.prefix?.length ?? 0);
    const held = (i: number) => this.#pool.held(contextOf(requests[i]!, this.#tokenizer));
    const runs = planRuns(requests, open, this.plan.tile, contextTokens, this.plan.prefixMemory > 0 ? held : undefined);
    const jobs = runs.map((run) => generateJob(parts, requests, run));
    for await (const { job, result, reused } of this.#pool.run(jobs, { signal, phase: "sampling" })) {
      this.#reading.read += job.tag.contextTokens - reused;
      this.#reading.reused += reused;
      for (const batch of batchesOf(parts, requests, job.tag.run, result)) {
        const { samples } = batch;
        const tokens = samples.reduce((sum, sample) => sum + sample.tokens.length - sample.prefixLength, 0);
        onProgress?.({ tokens, samples: samples.length });
        yield batch;
      }
    }
  }

  async score(
    pairs: readonly Pair[],
    { signal, afterLast = false }: { signal?: AbortSignal; afterLast?: boolean } = {},
  ): Promise<TokenStatistics[]> {
    const sequences = pairs.map(({ messages, response }) => {
      const prompt = this.#tokenizer.prompt(messages);
      return { start: prompt.length, tokens: join(prompt, this.#tokenizer.response(response)) };
    });
    const statistics = new Array<TokenStatistics>(pairs.length);
    const jobs = this.#forwardBatches(sequences, true).map(({ members, length }) => {
      const start = Math.min(...members.map((i) => sequences[i]!.start));
      const rows = members.map((i) => sequences[i]!.tokens);
      return this.#forwardJob({ members, start }, this.#graphs.score(), rows, length, true, {
        start: int64Scalar(start),
        temperature: float32Scalar(1),
      });
    });
    for await (const { job, result } of this.#pool.run(jobs, { signal, phase: "scoring" })) {
      const { members, start } = job.tag;
      for (const [row, member] of members.entries()) {
        const sequence = sequences[member]!;
        const scored = sequence.tokens.length - sequence.start;
        statistics[member] = statisticsBy((name, output) => {
          const ofToken = name === "logProbability" || name === "decodingLogProbability";
          // The law at temperature 1 without truncation is the full one.
          const values = floatsOf(result.outputs, ofToken ? "log_probability" : output);
          const width = values.length / members.length;
          const from = row * width + sequence.start - start;
          return values.slice(from, from + scored + (afterLast && !ofToken ? 1 : 0));
        });
      }
    }
    return statistics;
  }

  async embed(
    prompts: readonly (readonly ChatMessage[])[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Float32Array[]> {
    const sequences = prompts.map((messages) => ({ start: 0, tokens: this.#tokenizer.prompt(messages) }));
    const embeddings = new Array<Float32Array>(prompts.length);
    const jobs = this.#forwardBatches(sequences, false).map(({ members, length }) => {
      const rows = members.map((i) => sequences[i]!.tokens);
      const lengths = int64(rows.map((tokens) => tokens.length));
      return this.#forwardJob(members, this.#graphs.embed(), rows, length, false, { lengths });
    });
    for await (const { job, result } of this.#pool.run(jobs, { signal, phase: "embedding" })) {
      const all = floatsOf(result.outputs, "embedding");
      const width = all.length / job.tag.length;
      for (const [row, member] of job.tag.entries()) embeddings[member] = all.slice(row * width, (row + 1) * width);
    }
    return embeddings;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Later calls compute with the weights that `graphs` name in `folder`; the folder read before is not needed any more. */
  protected async reopen(folder: string, graphs: Graphs, identity: ModelIdentity): Promise<void> {
    await this.#pool.reopen({ ...this.plan, folder });
    this.#graphs = graphs;
    this.identity = identity;
  }

  /** A prefix that has ended or fills the cap has nothing to continue. */
  #isOver({ prefix, decoding }: SampleRequest): boolean {
    if (prefix === undefined) return false;
    const last = prefix.at(-1);
    return prefix.length >= decoding.maxTokens || (last !== undefined && this.#tokenizer.endTokens.includes(last));
  }

  #unchanged(request: SampleRequest, position: number, promptTokens: number): SampleBatch {
    const { prefix = new Int32Array(), decoding, first } = request;
    const statistics = statisticsBy(() => new Float32Array());
    const sample = finishRow(
      { index: first, prefix, drawn: new Int32Array(), statistics },
      decoding.stop,
      this.#tokenizer,
    );
    return { request: position, promptTokens, samples: repeat(sample, request), seconds: 0 };
  }

  #forwardBatches(sequences: readonly { readonly tokens: Int32Array }[], logits: boolean) {
    const { config } = this.#read.model;
    for (const { tokens } of sequences) {
      if (tokens.length <= config.maximumPositions) continue;
      throw new TouchstoneError({
        code: "context-too-long",
        family: "input",
        what: `A sequence of ${tokens.length} tokens does not fit into the model's ${config.maximumPositions} positions.`,
        value: tokens.length,
        fix: "Shorten the prompt or the response.",
      });
    }
    return batchesByLength(
      sequences.map(({ tokens }) => tokens.length),
      {
        rows: FORWARD_ROWS,
        shortest: shortestSequence(config),
        bytes: (rows, length) => forwardMemory(config, rows, length, logits),
        limit: this.plan.runMemory / this.plan.workers,
      },
    );
  }

  #forwardJob<T>(
    tag: T,
    graph: Job<T>["graph"],
    rows: readonly Int32Array[],
    length: number,
    logits: boolean,
    others: Tensors,
  ): Job<T> {
    return {
      tag,
      graph,
      cost: rows.length * length,
      memory: forwardMemory(this.#read.model.config, rows.length, length, logits),
      feeds: () => ({
        input_ids: { type: "int64", data: padRight(rows, length), dims: [rows.length, length] },
        ...others,
      }),
    };
  }
}

function join(a: Int32Array, b: Int32Array): Int32Array {
  const joined = new Int32Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
