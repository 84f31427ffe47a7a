import type { ModelIdentity, ModelSize, Pair, Reward, RewardModel } from "@touchstone/core";
import { TouchstoneError } from "@touchstone/core";
import { batchesByLength, padRight } from "./batches.ts";
import { ChatTokenizer } from "./chat-tokenizer.ts";
import { type EngineOptions, type EnginePlan, planEngine } from "./device.ts";
import { EnginePool, type Job } from "./engine/pool.ts";
import { forwardMemory } from "./forward-memory.ts";
import { Graphs, hashGraphs } from "./graphs.ts";
import { identityOf, sizeOf } from "./identity.ts";
import { type ModelFolder, readModelFolder } from "./model-folder.ts";
import { floatsOf, int64 } from "./tensors.ts";

/** A reward model on this machine. */
export interface LocalRewardModel extends RewardModel {
  readonly folder: string;
  readonly plan: EnginePlan;
  readonly peakMemoryBytes: number;
}

/**
 * Loads a reward model from a folder in Hugging Face layout: a classifier with one output (`LlamaForSequenceClassification`), or the
 * likelihood kind (`LlamaForLikelihoodReward`: a · Σ log p(response) + v · h + b). Both read chat template(prompt) + response + end
 * token, the response's text by their own tokenizer. Option `tile` is the number of responses in a run.
 * @throws TouchstoneError as {@link loadLanguageModel} does
 */
export async function loadRewardModel(folder: string, options: EngineOptions = {}): Promise<LocalRewardModel> {
  const read = await readModelFolder(folder);
  const { architecture } = read.model.config;
  if (architecture === "LlamaForCausalLM") {
    throw new TouchstoneError({
      code: "not-a-reward-model",
      family: "input",
      what: "This model draws responses; it gives no rewards.",
      value: `${read.path} (${architecture})`,
      fix: "Give a model with a one-number head (LlamaForSequenceClassification) or of the likelihood kind (LlamaForLikelihoodReward).",
    });
  }
  const plan = planEngine(read.weightBytes, options);
  const identity = await identityOf(read, plan, hashGraphs([new Graphs(read.model, plan.provider).reward()]));
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

  async reward(
    pairs: readonly Pair[],
    { signal, onProgress }: NonNullable<Parameters<RewardModel["reward"]>[1]> = {},
  ): Promise<Reward[]> {
    const sequences = pairs.map(({ messages, response }) => {
      const prompt = this.#tokenizer.prompt(messages);
      return { start: prompt.length, tokens: Int32Array.from([...prompt, ...this.#tokenizer.response(response.text)]) };
    });
    // A sequence beyond the model's positions has no reward; it is NaN and counted by whoever reads it.
    const rewards: Reward[] = pairs.map(() => ({ value: Number.NaN, tokens: 0 }));
    const { maximumPositions } = this.#read.model.config;
    const fitting = sequences.flatMap(({ tokens }, i) => (tokens.length <= maximumPositions ? [i] : []));
    for await (const { job, result } of this.#pool.run(this.#jobs(sequences, fitting), {
      signal,
      phase: "scoring rewards",
    })) {
      const values = floatsOf(result.outputs, "reward");
      let tokens = 0;
      for (const [row, member] of job.tag.entries()) {
        rewards[member] = { value: values[row]!, tokens: sequences[member]!.tokens.length };
        tokens += sequences[member]!.tokens.length;
      }
      onProgress?.({ tokens, samples: job.tag.length });
    }
    return rewards;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #jobs(
    sequences: readonly { start: number; tokens: Int32Array }[],
    fitting: readonly number[],
  ): Job<readonly number[]>[] {
    const { config } = this.#read.model;
    const likelihood = config.architecture === "LlamaForLikelihoodReward";
    const bytes = (rows: number, length: number) => forwardMemory(config, rows, length, likelihood);
    const batches = batchesByLength(
      fitting.map((i) => sequences[i]!.tokens.length),
      { rows: this.plan.tile, bytes, limit: this.plan.runMemory / this.plan.workers },
    );
    return batches.map(({ members, length }) => {
      const tag = members.map((i) => fitting[i]!);
      const rows = tag.map((i) => sequences[i]!.tokens);
      return {
        tag,
        graph: this.#graphs.reward(),
        cost: rows.length * length,
        memory: bytes(rows.length, length),
        feeds: () => ({
          input_ids: { type: "int64", data: padRight(rows, length), dims: [rows.length, length] },
          lengths: int64(rows.map((tokens) => tokens.length)),
          ...(likelihood ? { response_starts: int64(tag.map((i) => sequences[i]!.start)) } : {}),
        }),
      };
    });
  }
}
