import type { ModelIdentity, ModelSize, Pair, Reward, RewardModel, StepRewards } from "@touchstone/core";
import { TouchstoneError } from "@touchstone/core";
import { shortestSequence } from "@touchstone/graph";
import { batchesByLength, padRight } from "./batches.ts";
import { ChatTokenizer } from "./chat-tokenizer.ts";
import { type EngineOptions, type EnginePlan, planEngine } from "./device.ts";
import { EnginePool, type Job } from "./engine/pool.ts";
import { forwardMemory } from "./forward-memory.ts";
import { Graphs, hashGraphs } from "./graphs.ts";
import { identityOf, sizeOf } from "./identity.ts";
import { type ModelFolder, readModelFolder } from "./model-folder.ts";
import { floatsOf, int64 } from "./tensors.ts";

type RewardOptions = NonNullable<Parameters<RewardModel["reward"]>[1]>;

/** Prompt and response; `start` is the response's first position. */
interface Sequence {
  readonly start: number;
  readonly tokens: Int32Array;
}

/** A reward model on this machine. */
export interface LocalRewardModel extends RewardModel {
  readonly stepRewards: NonNullable<RewardModel["stepRewards"]>;
  readonly folder: string;
  readonly plan: EnginePlan;
  readonly peakMemoryBytes: number;
}

/**
 * Loads a reward model from a folder in Hugging Face layout: a classifier with one output (`…ForSequenceClassification`), or the
 * likelihood kind (`LlamaForLikelihoodReward`: a · Σ log p(response) + v · h + b). Both read chat template(prompt) + response + end
 * token (unless the response is partial), the response's text by their own tokenizer. Option `tile` is the number of responses in a run.
 * @throws TouchstoneError as {@link loadLanguageModel} does
 */
export async function loadRewardModel(folder: string, options: EngineOptions = {}): Promise<LocalRewardModel> {
  const read = await readModelFolder(folder);
  const { architecture, kind } = read.model.config;
  if (kind === "language-model") {
    throw new TouchstoneError({
      code: "not-a-reward-model",
      family: "input",
      what: "This model draws responses; it gives no rewards.",
      value: `${read.path} (${architecture})`,
      fix: "Give a model with a one-number head (…ForSequenceClassification) or of the likelihood kind (LlamaForLikelihoodReward).",
    });
  }
  const plan = planEngine(read.weightBytes, { ...options, prefixMemory: 0 });
  const graphs = new Graphs(read.model, plan.provider);
  const identity = await identityOf(read, plan, hashGraphs([graphs.reward(), graphs.stepReward()]));
  return new OnnxRewardModel(read, identity, plan, new Graphs(read.opened.model, plan.provider));
}

class OnnxRewardModel implements LocalRewardModel {
  readonly folder: string;
  readonly identity: ModelIdentity;
  readonly size: ModelSize;
  readonly planted?: string;
  readonly plan: EnginePlan;
  readonly #read: ModelFolder;
  readonly #graphs: Graphs;
  readonly #pool: EnginePool;
  readonly #tokenizer: ChatTokenizer;

  constructor(read: ModelFolder, identity: ModelIdentity, plan: EnginePlan, graphs: Graphs) {
    this.folder = read.path;
    this.identity = identity;
    this.size = sizeOf(read.model);
    if (read.model.config.planted !== null) this.planted = read.model.config.planted;
    this.plan = plan;
    this.#read = read;
    this.#graphs = graphs;
    this.#tokenizer = new ChatTokenizer(read);
    this.#pool = new EnginePool({ settings: { folder: read.opened.folder, ...plan }, ...plan });
  }

  get peakMemoryBytes(): number {
    return this.#pool.peakMemoryBytes;
  }

  async reward(pairs: readonly Pair[], options: RewardOptions = {}): Promise<Reward[]> {
    const sequences = pairs.map(({ messages, response: { text, partial = false } }) =>
      this.#sequence(messages, { text, partial }),
    );
    // A sequence beyond the model's positions has no reward; it is NaN and counted by whoever reads it.
    const rewards: Reward[] = pairs.map(() => ({ value: Number.NaN, tokens: 0 }));
    const fitting = sequences.flatMap((sequence, i) => (this.#fits(sequence) ? [i] : []));
    for await (const { members, values } of this.#run("reward", sequences, fitting, options)) {
      for (const [row, member] of members.entries())
        rewards[member] = { value: values[row]!, tokens: sequences[member]!.tokens.length };
    }
    return rewards;
  }

  /**
   * The text's tokens are computed once. A beginning whose own tokens are not the first of them (a tokenizer may join across its end),
   * or whose response is too long for the model, is rewarded by itself.
   */
  async stepRewards(
    pairs: readonly Pair[],
    ends: readonly (readonly number[])[],
    options: RewardOptions = {},
  ): Promise<StepRewards[]> {
    const beginnings = pairs.map(({ messages, response }, i) =>
      ends[i]!.map((end) => this.#sequence(messages, { text: response.text.slice(0, end), partial: true })),
    );
    const longest = beginnings.map((list) => list.at(-1) ?? { start: 0, tokens: new Int32Array() });
    const values = ends.map((list) => new Float64Array(list.length).fill(Number.NaN));
    const spent = new Float64Array(pairs.length);
    const served = longest.flatMap((sequence, i) => (beginnings[i]!.length > 0 && this.#fits(sequence) ? [i] : []));
    for await (const { members, values: all } of this.#run("rewards", longest, served, options)) {
      const width = all.length / members.length;
      for (const [row, member] of members.entries()) {
        const whole = longest[member]!.tokens;
        for (const [j, { tokens }] of beginnings[member]!.entries())
          if (begins(whole, tokens)) values[member]![j] = all[row * width + tokens.length - 1]!;
        spent[member] = whole.length;
      }
    }
    const fits = new Set(served);
    const alone = beginnings.flatMap((list, i) =>
      list.flatMap(({ tokens }, j) => (fits.has(i) && begins(longest[i]!.tokens, tokens) ? [] : [{ i, j }])),
    );
    const rewards = await this.reward(
      alone.map(({ i, j }) => {
        const { messages, response } = pairs[i]!;
        return { messages, response: { text: response.text.slice(0, ends[i]![j]), partial: true } };
      }),
      options,
    );
    for (const [at, { i, j }] of alone.entries()) {
      values[i]![j] = rewards[at]!.value;
      spent[i]! += rewards[at]!.tokens;
    }
    return values.map((list, i) => {
      const lengths = beginnings[i]!.map((sequence) => (this.#fits(sequence) ? sequence.tokens.length : 0));
      return { values: list, alone: Int32Array.from(lengths), tokens: spent[i]! };
    });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #sequence(messages: Pair["messages"], response: { text: string; partial: boolean }): Sequence {
    const prompt = this.#tokenizer.prompt(messages);
    return { start: prompt.length, tokens: Int32Array.from([...prompt, ...this.#tokenizer.response(response)]) };
  }

  #fits({ tokens }: Sequence): boolean {
    return tokens.length <= this.#read.model.config.maximumPositions;
  }

  async *#run(
    output: "reward" | "rewards",
    sequences: readonly Sequence[],
    wanted: readonly number[],
    { signal, onProgress }: RewardOptions,
  ): AsyncGenerator<{ readonly members: readonly number[]; readonly values: Float32Array }> {
    const jobs = this.#jobs(output, sequences, wanted);
    for await (const { job, result } of this.#pool.run(jobs, { signal, phase: "scoring rewards" })) {
      yield { members: job.tag, values: floatsOf(result.outputs, output) };
      const tokens = job.tag.reduce((sum, member) => sum + sequences[member]!.tokens.length, 0);
      onProgress?.({ tokens, samples: job.tag.length });
    }
  }

  #jobs(
    output: "reward" | "rewards",
    sequences: readonly Sequence[],
    wanted: readonly number[],
  ): Job<readonly number[]>[] {
    const { config } = this.#read.model;
    const likelihood = config.kind === "likelihood";
    const bytes = (rows: number, length: number) => forwardMemory(config, rows, length, likelihood);
    const batches = batchesByLength(
      wanted.map((i) => sequences[i]!.tokens.length),
      {
        rows: this.plan.tile,
        bytes,
        limit: this.plan.runMemory / this.plan.workers,
        shortest: shortestSequence(config),
      },
    );
    return batches.map(({ members, length }) => {
      const tag = members.map((i) => wanted[i]!);
      const rows = tag.map((i) => sequences[i]!.tokens);
      return {
        tag,
        graph: output === "reward" ? this.#graphs.reward() : this.#graphs.stepReward(),
        cost: rows.length * length,
        memory: bytes(rows.length, length),
        feeds: () => ({
          input_ids: { type: "int64", data: padRight(rows, length), dims: [rows.length, length] },
          ...(output === "reward" ? { lengths: int64(rows.map((tokens) => tokens.length)) } : {}),
          ...(likelihood ? { response_starts: int64(tag.map((i) => sequences[i]!.start)) } : {}),
        }),
      };
    });
  }
}

function begins(tokens: Int32Array, beginning: Int32Array): boolean {
  return beginning.length <= tokens.length && beginning.every((token, t) => token === tokens[t]);
}
