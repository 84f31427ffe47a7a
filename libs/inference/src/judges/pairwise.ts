import type { ComparedPair, Judge, LanguageModel, ModelIdentity, ModelSize, Preference } from "@touchstone/core";
import { sha256 } from "../identity.ts";
import { checkPrompt, filled, instructionOf, promptNamed } from "./prompts.ts";
import { readVerdicts } from "./verdicts.ts";

/** AlpacaEval's names of the two responses. */
const ANSWERS = ["m", "M"] as const;

export interface PairwiseOptions {
  /** Text with the places {{instruction}}, {{first}} and {{second}}, that asks for m or M. Default: prompts/pairwise.txt. */
  readonly prompt?: string;
}

/**
 * A language model as judge of two responses. As AlpacaEval 2 does it (Dubois et al. 2024, `weighted_alpaca_eval_gpt4_turbo`), the
 * preference is p(m)/(p(m) + p(M)) of the answer's first token, no draw of it. Ours: both orders are asked for and averaged (AlpacaEval shows
 * each pair in one order, chosen by a seed), and the prompt's words.
 * Closing it closes the language model.
 */
export function pairwiseJudge(model: LanguageModel, { prompt = promptNamed("pairwise") }: PairwiseOptions = {}): Judge {
  return new PairwiseJudge(model, checkPrompt("pairwise", prompt));
}

class PairwiseJudge implements Judge {
  readonly identity: ModelIdentity;
  readonly size: ModelSize;
  readonly #model: LanguageModel;
  readonly #prompt: string;

  constructor(model: LanguageModel, prompt: string) {
    const { identity } = model;
    this.#model = model;
    this.#prompt = prompt;
    this.size = model.size;
    this.identity = {
      ...identity,
      name: `${identity.name}?as=judge`,
      templateHash: sha256(identity.templateHash, "pairwise", prompt, ...ANSWERS),
    };
  }

  async compare(
    pairs: readonly ComparedPair[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Preference[]> {
    const prompts = pairs.flatMap(({ messages, first, second }) => {
      const instruction = instructionOf(messages);
      return [
        { instruction, first, second },
        { instruction, first: second, second: first },
      ].map((values) => [{ role: "user" as const, content: filled(this.#prompt, values) }]);
    });
    const verdicts = await readVerdicts(this.#model, prompts, ANSWERS, { signal });
    return pairs.map((_, i) => {
      const [straight, swapped] = [verdicts[2 * i]!, verdicts[2 * i + 1]!];
      const shownFirst = shareOfFirst(straight.probabilities);
      const shownSecond = 1 - shareOfFirst(swapped.probabilities);
      return {
        value: (shownFirst + shownSecond) / 2,
        shownFirst,
        shownSecond,
        tokens: straight.tokens + swapped.tokens,
      };
    });
  }

  close(): Promise<void> {
    return this.#model.close();
  }
}

function shareOfFirst([first = Number.NaN, second = Number.NaN]: readonly number[]): number {
  return first / (first + second);
}
