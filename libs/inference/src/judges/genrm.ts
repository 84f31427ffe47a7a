import {
  throwIfInterrupted,
  type ChatMessage,
  type LanguageModel,
  type ModelIdentity,
  type ModelSize,
  type Pair,
  type Reward,
  type RewardModel,
} from "@touchstone/core";
import { sha256 } from "../identity.ts";
import { checkPrompt, filled, instructionOf, promptNamed } from "./prompts.ts";
import { conversationKey, readVerdicts } from "./verdicts.ts";

const ANSWERS = ["Yes", "No"] as const;

export interface GenRmOptions {
  /** Text with the places {{instruction}} and {{response}}. Default: prompts/genrm.txt, or genrm-rationale.txt. */
  readonly prompt?: string;
  /** Rationales drawn for each response; 0: none, the verdict is asked for at once. Default 0. */
  readonly rationales?: number;
  /** Cap on a rationale, in tokens. Default 512. */
  readonly maxTokens?: number;
}

/** Rationales where they are asked for by `?as=genrm-rationale`: ours; the paper votes over 32. */
export const RATIONALES = 8;

/** Pairs of one call; rewards of a call are there together. */
const PAIRS_A_CALL = 64;

/**
 * A language model as generative verifier (GenRM, Zhang et al. 2024, arXiv:2408.15240): the reward is p("Yes") where it is asked whether the
 * response is correct; with rationales, the mean of that over K rationales drawn at temperature 0.7, each with the question put in a turn of its own
 * after it. The paper's verifiers are trained for this; any chat model can play one untrained (ours: the prompts' words, the turn of its
 * own, K and the temperature). What is drawn depends on the prompt and the response alone.
 * Closing it closes the language model.
 */
export function generativeRewardModel(model: LanguageModel, options: GenRmOptions = {}): RewardModel {
  return new GenerativeRewardModel(model, options);
}

class GenerativeRewardModel implements RewardModel {
  readonly identity: ModelIdentity;
  readonly size: ModelSize;
  readonly pairsACall = PAIRS_A_CALL;
  readonly #model: LanguageModel;
  readonly #prompt: string;
  readonly #question = promptNamed("genrm-question");
  readonly #rationales: number;
  readonly #decoding;

  constructor(model: LanguageModel, { prompt, rationales = 0, maxTokens = 512 }: GenRmOptions) {
    const { identity } = model;
    const kind = rationales === 0 ? "genrm" : "genrm-rationale";
    this.#model = model;
    this.#prompt = checkPrompt(kind, prompt ?? promptNamed(kind));
    this.#rationales = rationales;
    this.#decoding = { temperature: 0.7, topK: 0, topP: 1, maxTokens, stop: [] };
    this.size = model.size;
    const drawing = rationales === 0 ? [] : [this.#question, String(rationales), JSON.stringify(this.#decoding)];
    this.identity = {
      ...identity,
      name: `${identity.name}?as=${kind}`,
      templateHash: sha256(identity.templateHash, kind, this.#prompt, ...ANSWERS, ...drawing),
    };
  }

  async reward(
    pairs: readonly Pair[],
    { signal, onProgress }: NonNullable<Parameters<RewardModel["reward"]>[1]> = {},
  ): Promise<readonly Reward[]> {
    const rewards: Reward[] = [];
    for (let start = 0; start < pairs.length; start += PAIRS_A_CALL) {
      throwIfInterrupted(signal, "scoring rewards");
      const some = pairs.slice(start, start + PAIRS_A_CALL).map(({ messages, response }): ChatMessage[] => {
        const values = { instruction: instructionOf(messages), response: response.text };
        return [{ role: "user", content: filled(this.#prompt, values) }];
      });
      const asking = signal ? { signal } : {};
      const made = this.#rationales === 0 ? await this.#verdicts(some, asking) : await this.#reasoned(some, asking);
      onProgress?.({ tokens: made.reduce((sum, { tokens }) => sum + tokens, 0), samples: made.length });
      rewards.push(...made);
    }
    return rewards;
  }

  close(): Promise<void> {
    return this.#model.close();
  }

  async #verdicts(prompts: readonly (readonly ChatMessage[])[], asking: { signal?: AbortSignal }): Promise<Reward[]> {
    const verdicts = await readVerdicts(this.#model, prompts, ANSWERS, asking);
    return verdicts.map(({ probabilities, tokens }) => ({ value: probabilities[0]!, tokens }));
  }

  async #reasoned(prompts: readonly (readonly ChatMessage[])[], asking: { signal?: AbortSignal }): Promise<Reward[]> {
    const requests = prompts.map((messages) => ({
      problem: { id: conversationKey(messages), messages },
      first: 0,
      count: this.#rationales,
      seed: 0,
      decoding: this.#decoding,
    }));
    const spent = prompts.map(() => 0);
    const asked: { readonly of: number; readonly messages: ChatMessage[] }[] = [];
    for await (const { request, promptTokens, samples } of this.#model.sample(requests, asking)) {
      spent[request]! += promptTokens;
      for (const { index, text, tokens } of samples) {
        // Surplus rows of a last tile are drawn all the same.
        spent[request]! += tokens.length;
        if (index >= this.#rationales) continue;
        const turn = { role: "user" as const, content: this.#question };
        asked.push({ of: request, messages: [...prompts[request]!, { role: "assistant", content: text }, turn] });
      }
    }
    const verdicts = await this.#verdicts(
      asked.map(({ messages }) => messages),
      asking,
    );
    return prompts.map((_, i) => {
      const own = verdicts.filter((_verdict, at) => asked[at]!.of === i);
      return {
        // NaN where a verdict failed: a mean over fewer would be of another law.
        value: own.reduce((sum, { value }) => sum + value, 0) / own.length,
        tokens: spent[i]! + own.reduce((sum, { tokens }) => sum + tokens, 0),
      };
    });
  }
}
