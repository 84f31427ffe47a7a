import {
  canonicalJson,
  TouchstoneError,
  type ModelIdentity,
  type ModelSize,
  type Pair,
  type Reward,
  type RewardModel,
} from "@touchstone/core";
import { z } from "zod";
import { sha256 } from "../identity.ts";
import { identifyServer, maybe } from "../openai/identify.ts";
import { checkName } from "../openai/probe.ts";
import { ServerClient, type AskOptions, type ServerOptions } from "../openai/server-client.ts";
import { missingCapability, unknownServedModel } from "../openai/server-errors.ts";
import { instructionOf } from "./prompts.ts";

/** Endpoints of vLLM that give a number for a conversation or a pair of texts. */
export const REWARD_READINGS = ["classify", "pooling", "score"] as const;
export type RewardReading = (typeof REWARD_READINGS)[number];

export interface ServedRewardOptions extends ServerOptions {
  readonly signal?: AbortSignal;
  /** Called with a sentence about what the server does not say, once. */
  readonly onRemark?: (remark: string) => void;
}

const usage = z.object({ prompt_tokens: z.number().optional(), total_tokens: z.number().optional() }).optional();
const heading = { model: z.string().optional(), usage };
/** A number, or null where the server's JSON has no NaN. */
const number = z.number().nullable();
const classified = z.object({ ...heading, data: z.array(z.object({ probs: z.array(number) })).min(1) });
const pooled = z.object({
  ...heading,
  data: z.array(z.object({ data: z.union([number, z.array(number), z.array(z.array(number))]) })).min(1),
});
const scores = z.object({ ...heading, data: z.array(z.object({ index: z.number().optional(), score: number })) });

/** A few times as many as requests are under way at once. */
const PAIRS_A_CALL = 128;
/** Pairs of one request to /score. */
const PAIRS_A_REQUEST = 32;
/** What is asked to see whether an endpoint answers. */
const TRIAL: Pair = { messages: [{ role: "user", content: "2" }], response: { text: "2" } };
const UNKNOWN_SIZE: ModelSize = { total: Number.NaN, active: Number.NaN, attentionWidth: Number.NaN };

/**
 * A reward model behind a server. `classify` and `pooling` read the conversation that the response ends, and give the one label's logit
 * (`use_activation: false`) or the last token's number; `score` reads the prompt as text_1 and the response as text_2, several responses a request. Without
 * `as`, the first of the three that answers. Tokens are the server's own count.
 * @throws TouchstoneError `unknown-served-model`, `missing-capability`, and those of asking a server
 */
export async function openServedRewardModel(
  { url, model, as }: { readonly url: string; readonly model: string; readonly as?: RewardReading | undefined },
  { signal, onRemark, ...options }: ServedRewardOptions = {},
): Promise<RewardModel> {
  const client = new ServerClient(url, options);
  try {
    const server = await identifyServer(client, { signal });
    const listed = server.models.find(({ id }) => id === model);
    if (!listed) {
      const known = server.models.map(({ id }) => id);
      throw unknownServedModel(model, known, client.url);
    }
    const identityAs = (reading: RewardReading): ModelIdentity => ({
      // As it is named in a suite: a way of reading that was found out is not said there.
      name: as === undefined ? model : `${model}?as=${as}`,
      revision: `served:${sha256(canonicalJson({ model, root: listed.root ?? null, weights: server.weights }))}`,
      dtype: server.dtype ?? "unknown",
      templateHash: sha256("reward", reading),
      provider: "server",
      runtime: server.version === undefined ? server.kind : `${server.kind}@${server.version}`,
      graphHash: "",
      tile: 1,
    });
    const read = (reading: RewardReading, remark?: typeof onRemark) =>
      new ServedRewardModel(client, {
        model,
        identity: identityAs(reading),
        reading,
        aliases: [listed.root],
        onRemark: remark,
      });
    if (as !== undefined) return read(as, onRemark);
    for (const reading of REWARD_READINGS) {
      const works = await maybe(read(reading).reward([TRIAL], signal ? { signal } : {}));
      if (works) return read(reading, onRemark);
    }
    const fix =
      "Say how it is read (`?as=genrm`, `?as=genrm-rationale`), or serve it as a reward model (vLLM: --runner pooling).";
    throw missingCapability(model, "/classify, /pooling and /score", "rewards", fix);
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

interface Settings {
  /** Its name at the server. */
  readonly model: string;
  readonly identity: ModelIdentity;
  readonly reading: RewardReading;
  readonly aliases: readonly (string | undefined)[];
  readonly onRemark: ((remark: string) => void) | undefined;
}

class ServedRewardModel implements RewardModel {
  readonly identity: ModelIdentity;
  readonly size = UNKNOWN_SIZE;
  readonly pairsACall = PAIRS_A_CALL;
  readonly #client: ServerClient;
  readonly #settings: Settings;
  #remarked = false;

  constructor(client: ServerClient, settings: Settings) {
    this.identity = settings.identity;
    this.#client = client;
    this.#settings = settings;
  }

  /**
   * A response that the server refuses (too long, say) has no reward: NaN. Where it refuses all of them, and where it fails, its error is
   * thrown.
   */
  async reward(
    pairs: readonly Pair[],
    { signal, onProgress }: NonNullable<Parameters<RewardModel["reward"]>[1]> = {},
  ): Promise<readonly Reward[]> {
    const leaving = new AbortController();
    const ask = { signal: AbortSignal.any([leaving.signal, ...(signal ? [signal] : [])]) };
    const rewards = new Array<Reward>(pairs.length);
    const refusals: unknown[] = [];
    const settle = async (members: readonly number[]): Promise<void> => {
      try {
        const found = await this.#ask(
          members.map((i) => pairs[i]!),
          ask,
        );
        for (const [at, i] of members.entries()) rewards[i] = found[at]!;
        onProgress?.({ tokens: found.reduce((sum, { tokens }) => sum + tokens, 0), samples: found.length });
      } catch (error) {
        if (!(error instanceof TouchstoneError) || error.code !== "server-refused") throw error;
        // Of several, find out which it was.
        if (members.length > 1) return void (await Promise.all(members.map((i) => settle([i]))));
        refusals.push(error);
        rewards[members[0]!] = { value: Number.NaN, tokens: 0 };
      }
    };
    try {
      await Promise.all(this.#requests(pairs).map(settle));
    } finally {
      // After one failure, the others need not be waited for.
      leaving.abort();
    }
    if (pairs.length > 0 && refusals.length === pairs.length) throw refusals[0];
    return rewards;
  }

  async close(): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  /** Which pairs go together: those of one prompt where the endpoint takes several. */
  #requests(pairs: readonly Pair[]): number[][] {
    if (this.#settings.reading !== "score") return pairs.map((_, i) => [i]);
    const byPrompt = Map.groupBy(pairs.keys(), (i) => instructionOf(pairs[i]!.messages));
    return [...byPrompt.values()].flatMap((members) =>
      Array.from({ length: Math.ceil(members.length / PAIRS_A_REQUEST) }, (_, at) =>
        members.slice(at * PAIRS_A_REQUEST, (at + 1) * PAIRS_A_REQUEST),
      ),
    );
  }

  async #ask(pairs: readonly Pair[], ask: AskOptions): Promise<Reward[]> {
    const { reading, model } = this.#settings;
    const [first] = pairs;
    if (reading === "score") {
      const body = {
        model,
        text_1: instructionOf(first!.messages),
        text_2: pairs.map(({ response }) => response.text),
        use_activation: false,
      };
      const answer = await this.#client.post("/score", body, scores, ask);
      const tokens = this.#tokensOf(answer);
      const byIndex = new Map(answer.data.map(({ index, score }, i) => [index ?? i, score]));
      if (pairs.some((_, i) => !byIndex.has(i))) throw this.#fewer(pairs.length, answer.data.length);
      const length = pairs.reduce((sum, { response }) => sum + response.text.length, 0);
      // The server counts all of them together: shared out by their length.
      return pairs.map(({ response }, i) => ({
        value: byIndex.get(i) ?? Number.NaN,
        tokens: Math.round(length === 0 ? tokens / pairs.length : (tokens * response.text.length) / length),
      }));
    }
    const { messages, response } = first!;
    const body = {
      model,
      messages: [...messages, { role: "assistant", content: response.text }],
      add_generation_prompt: false,
      ...(response.partial === true ? { continue_final_message: true } : {}),
      // The name of newer versions, and that of older ones.
      use_activation: false,
      activation: false,
    };
    if (reading === "classify") {
      const answer = await this.#client.post("/classify", body, classified, ask);
      return [{ value: this.#only(answer.data[0]!.probs), tokens: this.#tokensOf(answer) }];
    }
    const answer = await this.#client.post("/pooling", body, pooled, ask);
    const { data } = answer.data[0]!;
    const last = Array.isArray(data) && Array.isArray(data.at(-1)) ? (data.at(-1) as (number | null)[]) : data;
    const value = Array.isArray(last) ? this.#only(last as (number | null)[]) : (last ?? Number.NaN);
    return [{ value, tokens: this.#tokensOf(answer) }];
  }

  /** @throws TouchstoneError `not-one-reward` where a model has several labels, or gives hidden states */
  #only(values: readonly (number | null)[]): number {
    if (values.length === 1) return values[0] ?? Number.NaN;
    throw new TouchstoneError({
      code: "not-one-reward",
      family: "input",
      what: `The server gives ${values.length} numbers for a response; a reward is one.`,
      value: `${this.#settings.model}?as=${this.#settings.reading}`,
      fix: "Serve a model with one label, or one whose rewards are read another way (`?as=classify`, `pooling`, `score`).",
    });
  }

  #tokensOf({
    model,
    usage: used,
  }: {
    readonly model?: string | undefined;
    readonly usage?: z.infer<typeof usage>;
  }): number {
    checkName(this.#settings.model, model, this.#settings.aliases, this.#client.url);
    const tokens = used?.prompt_tokens ?? used?.total_tokens;
    if (tokens === undefined && !this.#remarked) {
      this.#remarked = true;
      this.#settings.onRemark?.(
        `The server at ${this.#client.url} does not say how many tokens a reward took; they are counted as 0.`,
      );
    }
    return tokens ?? 0;
  }

  #fewer(asked: number, given: number): TouchstoneError {
    return new TouchstoneError({
      code: "server-fewer-rewards",
      family: "engine",
      what: `The server was asked for ${asked} rewards and gave ${given}.`,
      value: this.#client.url,
      fix: "See the server's log. Everything that arrived before is kept; run the same command again to continue.",
    });
  }
}
