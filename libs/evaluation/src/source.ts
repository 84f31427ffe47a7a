import {
  decodingId,
  interrupted,
  TouchstoneError,
  type ChatMessage,
  type Decoding,
  type RewardModel,
  type SampleRequest,
} from "@touchstone/core";
import type {
  ContentReward,
  Continuation,
  ContinuationAppend,
  Embedding,
  Pool,
  PoolKey,
  RewardedContent,
} from "@touchstone/pool";
import type { Draw } from "./draws.ts";
import { rewardBeginnings, rewardContents } from "./reward-contents.ts";

/** Something drawn that is not one of the pool's independent samples: a continuation, or a draw of a declared variant. */
export interface TraceAct {
  /** Id of the problem. */
  readonly problem: string;
  /** Variants applied. */
  readonly decoding: Decoding;
  /** Response tokens that are continued; may be empty. */
  readonly prefix: Int32Array;
  readonly step: number;
  /** Indices 0 … count − 1. */
  readonly count: number;
}

/** A text to be rewarded. */
export interface Reading {
  readonly problem: string;
  readonly text: string;
  readonly partial: boolean;
}

/** What makes the things that the pool lacks; while the pool is being filled, and never in the evaluation. */
export interface Live {
  readonly signal: AbortSignal | undefined;
  /** Tokens that an engine has processed. */
  readonly onTokens: (tokens: number) => void;
  /** Counts what is made. */
  readonly made: Made;
}

/** What was made for procedures, beyond independent samples. */
export interface Made {
  samples: number;
  completionTokens: number;
  rewards: number;
  failedRewards: number;
  rewardTokens: number;
}

type Content = RewardedContent & { readonly messages: readonly ChatMessage[] };

/**
 * What a procedure's acts beyond independent samples are answered from: the pool and, while it is being filled, the models,
 * whose work is in the pool before it is handed out. So the same procedure decides the same when it is filled, when a killed
 * fill is taken up again, and when it is replayed; and requests that a larger budget has made cost a smaller one nothing.
 * Without `live`, throws `pool-incomplete` for what is not there.
 */
export class ProcedureSource {
  readonly #pool: Pool;
  readonly #draw: Draw;
  readonly #live: Live | undefined;
  readonly #prompts: ReadonlyMap<string, { readonly messages: readonly ChatMessage[]; readonly promptHash: string }>;
  readonly #traces = new Map<string, Continuation>();
  readonly #rewards = new Map<string, ContentReward>();
  readonly #embeddings = new Map<string, Embedding>();

  /** `draw`: the suite's own of the seed; its decoding may be varied. */
  constructor(pool: Pool, draw: Draw, live?: Live) {
    this.#pool = pool;
    this.#draw = draw;
    this.#live = live;
    this.#prompts = new Map(
      draw.problems.map(({ id, messages }, i) => [id, { messages, promptHash: draw.prompts[i]!.promptHash }]),
    );
  }

  /** For each act its draws by index. All that is missing is drawn in one call of the engine. */
  async traces(acts: readonly TraceAct[]): Promise<readonly (readonly Continuation[])[]> {
    await this.#readTraces(acts.filter((act) => this.#lacks(act)));
    const missing = acts.filter((act) => this.#lacks(act));
    if (missing.length > 0) await this.#drawTraces(missing, this.#required("continuation", missing[0]!.problem));
    return acts.map((act) => namesOf(act).map((name) => this.#traces.get(name)!));
  }

  /** Rewards in the order of the readings. Equal readings are rewarded once. */
  async rewards(model: string, readings: readonly Reading[]): Promise<readonly ContentReward[]> {
    const rewardModel = this.#draw.rewardModels.get(model)!;
    const contents = await this.#lackingRewards(rewardModel, readings);
    if (contents.size > 0) {
      const live = this.#required(`reward of ${model}`, readings[0]!.problem);
      await this.#makeRewards(rewardModel, contents, live);
    }
    return readings.map((reading) => this.#rewards.get(rewardName(model, reading))!);
  }

  /** Whether a reward model tells of all beginnings of a text by reading it once. */
  readsOnce(model: string): boolean {
    return this.#draw.rewardModels.get(model)!.stepRewards !== undefined;
  }

  /**
   * Rewards of beginnings of texts, for each text those that end at `ends` (units of text, ascending). A reward model that can
   * reads a text once for all of them.
   */
  async beginnings(
    model: string,
    texts: readonly { readonly problem: string; readonly text: string; readonly ends: readonly number[] }[],
  ): Promise<readonly (readonly ContentReward[])[]> {
    const rewardModel = this.#draw.rewardModels.get(model)!;
    const readings = texts.map(({ problem, text, ends }) =>
      ends.map((end): Reading => ({ problem, text: text.slice(0, end), partial: true })),
    );
    if (rewardModel.stepRewards && this.#live) {
      const lacking = await this.#lackingRewards(rewardModel, readings.flat());
      const wanted = texts.filter((_, i) => readings[i]!.some((reading) => lacking.has(rewardName(model, reading))));
      if (wanted.length > 0) await this.#makeBeginnings(rewardModel, wanted, lacking, this.#live);
    }
    const rewards = await this.rewards(model, readings.flat());
    let next = 0;
    return readings.map((of) => of.map(() => rewards[next++]!));
  }

  async embeddings(problems: readonly string[]): Promise<readonly Embedding[]> {
    const lacking = () => [...new Set(problems)].filter((id) => !this.#embeddings.has(id));
    if (lacking().length > 0) await this.#readEmbeddings(lacking());
    if (lacking().length > 0) await this.#embed(lacking(), this.#required("embedding of the prompt", lacking()[0]!));
    return problems.map((id) => this.#embeddings.get(id)!);
  }

  #lacks(act: TraceAct): boolean {
    return namesOf(act).some((name) => !this.#traces.has(name));
  }

  #required(what: string, problem: string): Live {
    if (this.#live) return this.#live;
    throw new TouchstoneError({
      code: "pool-incomplete",
      family: "pool",
      what: `The pool does not hold a ${what} that a procedure asks for.`,
      value: problem,
      fix: "Run the suite (`./touchstone run`): it makes what is missing.",
    });
  }

  #keyOf(decoding: Decoding): PoolKey {
    return { ...this.#draw.key, decoding };
  }

  async #readTraces(acts: readonly TraceAct[]): Promise<void> {
    for (const group of byDecoding(acts)) {
      const wanted = group.flatMap((act) => {
        const { promptHash } = this.#prompts.get(act.problem)!;
        const { problem, prefix, step } = act;
        return namesOf(act).map((name, index) => ({ name, key: { problem, promptHash, prefix, step, index } }));
      });
      const found = await this.#pool.continuations(
        this.#keyOf(group[0]!.decoding),
        wanted.map(({ key }) => key),
      );
      for (const [i, { name }] of wanted.entries()) if (found[i]) this.#traces.set(name, found[i]);
    }
  }

  async #drawTraces(acts: readonly TraceAct[], { signal, onTokens, made }: Live): Promise<void> {
    const { model, seed } = this.#draw;
    const requests = acts.map(({ problem: id, decoding, prefix, step, count }): SampleRequest => {
      const { messages } = this.#prompts.get(id)!;
      // An empty prefix is one too: what begins with a prefix is drawn row by row and not in whole tiles.
      return { problem: { id, messages }, first: 0, count, seed, decoding, prefix, step };
    });
    const rows: { readonly act: TraceAct; readonly append: ContinuationAppend }[] = [];
    try {
      const onProgress = ({ tokens }: { readonly tokens: number }) => onTokens(tokens);
      for await (const batch of model.sample(requests, { onProgress, ...(signal ? { signal } : {}) })) {
        const act = acts[batch.request]!;
        const { promptHash } = this.#prompts.get(act.problem)!;
        const { problem, prefix, step } = act;
        const { promptTokens } = batch;
        const seconds = batch.seconds / batch.samples.length;
        for (const sample of batch.samples.filter(({ index }) => index < act.count)) {
          const key = { problem, promptHash, prefix, step, index: sample.index };
          rows.push({ act, append: { ...key, promptTokens, sample, seconds } });
          made.samples++;
          made.completionTokens += sample.tokens.length - sample.prefixLength;
        }
      }
    } finally {
      // Also after an interruption or an engine's failure: what is drawn is kept.
      for (const [, group] of Map.groupBy(rows, ({ act }) => decodingId(act.decoding))) {
        await this.#pool.appendContinuations(
          this.#keyOf(group[0]!.act.decoding),
          group.map(({ append }) => append),
        );
      }
    }
    if (signal?.aborted) throw interrupted("continuing responses");
    for (const { act, append } of rows) {
      const name = namesOf(act)[append.index]!;
      // What was there before stays: a pool never changes a row.
      if (!this.#traces.has(name)) this.#traces.set(name, append);
    }
  }

  async #readEmbeddings(problems: readonly string[]): Promise<void> {
    const hashOf = (id: string): string => this.#prompts.get(id)!.promptHash;
    const found = await this.#pool.embeddings(this.#draw.model.identity, problems.map(hashOf));
    for (const id of problems) {
      const embedding = found.get(hashOf(id));
      if (embedding) this.#embeddings.set(id, embedding);
    }
  }

  async #embed(problems: readonly string[], { signal }: Live): Promise<void> {
    const { model } = this.#draw;
    const prompts = problems.map((id) => this.#prompts.get(id)!);
    const vectors = await model.embed(
      prompts.map(({ messages }) => messages),
      signal ? { signal } : {},
    );
    const rows = prompts.map(({ messages, promptHash }, i) => {
      return { promptHash, vector: vectors[i]!, tokens: model.promptLength(messages) };
    });
    await this.#pool.appendEmbeddings(model.identity, rows);
    for (const [i, id] of problems.entries()) this.#embeddings.set(id, rows[i]!);
  }

  /** What of the readings is neither known nor in the pool, by name. */
  async #lackingRewards(rewardModel: RewardModel, readings: readonly Reading[]): Promise<Map<string, Content>> {
    const model = rewardModel.identity.name;
    const contents = new Map<string, Content>();
    for (const reading of readings) {
      const name = rewardName(model, reading);
      const { messages, promptHash } = this.#prompts.get(reading.problem)!;
      const { text, partial } = reading;
      if (!this.#rewards.has(name)) contents.set(name, { messages, promptHash, text, partial });
    }
    await this.#readRewards(rewardModel, contents);
    return contents;
  }

  /** Takes what is stored out of `contents`. */
  async #readRewards({ identity }: RewardModel, contents: Map<string, Content>): Promise<void> {
    if (contents.size === 0) return;
    const wanted = [...contents];
    const found = await this.#pool.contentRewards(
      identity,
      wanted.map(([, content]) => content),
    );
    for (const [i, [name]] of wanted.entries()) {
      const reward = found[i];
      if (!reward) continue;
      this.#rewards.set(name, reward);
      contents.delete(name);
    }
  }

  async #makeRewards(rewardModel: RewardModel, contents: ReadonlyMap<string, Content>, live: Live): Promise<void> {
    const wanted = [...contents];
    const rewards = await rewardContents(
      rewardModel,
      wanted.map(([, content]) => content),
      live,
    );
    await this.#keepRewards(
      rewardModel,
      wanted.map(([name, content], i) => ({ name, content, reward: rewards[i]! })),
      live,
    );
    live.made.rewardTokens += rewards.reduce((sum, { tokens }) => sum + tokens, 0);
  }

  /** One pass over each text; of what it tells, what is lacking is kept. */
  async #makeBeginnings(
    rewardModel: RewardModel,
    texts: Parameters<ProcedureSource["beginnings"]>[1],
    lacking: ReadonlyMap<string, Content>,
    live: Live,
  ): Promise<void> {
    const made = await rewardBeginnings(
      rewardModel,
      texts.map(({ problem, text, ends }) => ({ messages: this.#prompts.get(problem)!.messages, text, ends })),
      live,
    );
    const kept = new Map<string, { name: string; content: Content; reward: ContentReward }>();
    for (const [i, { problem, text, ends }] of texts.entries()) {
      for (const [j, end] of ends.entries()) {
        const name = rewardName(rewardModel.identity.name, { problem, text: text.slice(0, end), partial: true });
        const content = lacking.get(name);
        if (content && !kept.has(name)) kept.set(name, { name, content, reward: made[i]![j]! });
      }
      live.made.rewardTokens += made[i]!.at(-1)!.tokens;
    }
    await this.#keepRewards(rewardModel, [...kept.values()], live);
  }

  async #keepRewards(
    { identity }: RewardModel,
    rows: readonly { readonly name: string; readonly content: Content; readonly reward: ContentReward }[],
    { made }: Live,
  ): Promise<void> {
    await this.#pool.appendContentRewards(
      identity,
      rows.map(({ content: { promptHash, text, partial }, reward }) => ({ promptHash, text, partial, ...reward })),
    );
    for (const { name, reward } of rows) {
      this.#rewards.set(name, reward);
      made.rewards++;
      if (Number.isNaN(reward.value)) made.failedRewards++;
    }
  }
}

function rewardName(model: string, { problem, text, partial }: Reading): string {
  return `${model}\n${problem}\n${partial}\n${text}`;
}

function byDecoding(acts: readonly TraceAct[]): readonly (readonly TraceAct[])[] {
  return [...Map.groupBy(acts, ({ decoding }) => decodingId(decoding)).values()];
}

/** One name for each draw of an act. */
function namesOf({ problem, decoding, prefix, step, count }: TraceAct): readonly string[] {
  const common = [decodingId(decoding), problem, step, prefix.join(",")].join("\n");
  return Array.from({ length: count }, (_, index) => `${common}\n${index}`);
}
