import {
  stream,
  throwIfInterrupted,
  TOP_CONFIDENCE_TOKENS,
  type ChatMessage,
  type Decoding,
  type FinishReason,
  type LanguageModel,
  type ModelIdentity,
  type ModelSize,
  type Pair,
  type Sample,
  type SampleBatch,
  type SampleOptions,
  type SampleRequest,
  type TokenStatistics,
} from "@touchstone/core";
import { checkedLaw, decodingLaw, enumerateResponses, type Conditional, type ExactResponse } from "./toy-law.ts";

export interface ToyPolicyOptions {
  readonly name?: string;
  /** One character a token, so that text and tokens say the same. */
  readonly vocabulary: readonly string[];
  readonly conditional: Conditional;
}

/** A language model so small that every response and its probability can be written down. */
export interface ToyPolicy extends LanguageModel {
  readonly vocabulary: readonly string[];
  /** All responses with their exact probabilities, from a prefix of tokens on (given it). */
  responses(messages: readonly ChatMessage[], decoding: Decoding, prefix?: readonly number[]): ExactResponse[];
}

/** Builds a toy policy. Sampling is keyed by (seed, problem, sample, step) and token position, as law 2 asks. */
export function toyPolicy({ name = "toy", vocabulary, conditional }: ToyPolicyOptions): ToyPolicy {
  if (vocabulary.some((token) => token.length !== 1)) throw new Error("a toy token is one character");
  const end = vocabulary.length;
  const laws = new Map<string, readonly number[]>();
  const lawAfter = (prompt: string, text: string) => {
    const key = JSON.stringify([prompt, text]);
    let law = laws.get(key);
    if (law === undefined) {
      law = checkedLaw(conditional(prompt, text), end + 1, prompt, text);
      laws.set(key, law);
    }
    return law;
  };

  function drawOne(request: SampleRequest, index: number): Sample {
    const { problem, decoding, seed, step = 0 } = request;
    const prompt = promptOf(problem.messages);
    const prefix = request.prefix ?? new Int32Array();
    const random = stream(seed, "toy", problem.id, index, step);
    const tokens = Array.from(prefix);
    const statistics = new StatisticsBuilder();
    let finish: FinishReason = "length";
    let stopped = "";
    while (tokens.length < decoding.maxTokens) {
      const law = lawAfter(prompt, textOf(tokens));
      const drawn = decodingLaw(law, decoding);
      const token = pick(drawn, random.uniform32At(tokens.length));
      tokens.push(token);
      statistics.add(law, token, drawn[token]!);
      if (token === end) {
        finish = "end";
        break;
      }
      stopped = decoding.stop.find((stop) => textOf(tokens).endsWith(stop)) ?? "";
      if (stopped) {
        finish = "stop";
        break;
      }
    }
    const text = textOf(tokens);
    return {
      index,
      tokens: Int32Array.from(tokens),
      prefixLength: prefix.length,
      text: text.slice(0, text.length - stopped.length),
      finish,
      statistics: statistics.build(),
    };
  }

  function textOf(tokens: readonly number[]): string {
    return tokens.map((token) => vocabulary[token] ?? "").join("");
  }

  return {
    vocabulary,
    identity: toyIdentity(name),
    size: toySize(end + 1),

    async *sample(requests: readonly SampleRequest[], options: SampleOptions = {}): AsyncGenerator<SampleBatch> {
      for (const [position, request] of requests.entries()) {
        throwIfInterrupted(options.signal, "sampling");
        const samples = Array.from({ length: request.count }, (_, i) => drawOne(request, request.first + i));
        const tokens = samples.reduce((sum, sample) => sum + sample.tokens.length - sample.prefixLength, 0);
        options.onProgress?.({ tokens, samples: samples.length });
        yield { request: position, promptTokens: promptOf(request.problem.messages).length, samples, seconds: 0 };
      }
    },

    async score(pairs: readonly Pair[], options: { readonly afterLast?: boolean } = {}): Promise<TokenStatistics[]> {
      return pairs.map(({ messages, response }) => {
        const tokens = response.tokens ?? Int32Array.from(response.text, (token) => vocabulary.indexOf(token));
        const statistics = new StatisticsBuilder();
        tokens.forEach((token, position) => {
          const law = lawAfter(promptOf(messages), textOf(Array.from(tokens.subarray(0, position))));
          if (law[token] === undefined)
            throw new Error(`token ${token} is not one of the ${end + 1} of the toy policy`);
          statistics.add(law, token, law[token]);
        });
        if (options.afterLast) statistics.follow(lawAfter(promptOf(messages), textOf(Array.from(tokens))));
        return statistics.build();
      });
    },

    async embed(prompts): Promise<Float32Array[]> {
      return prompts.map((messages) => {
        const random = stream("toy embedding", promptOf(messages));
        return Float32Array.from({ length: 4 }, () => random.normal());
      });
    },

    lineEnds: (tokens, delimiter) =>
      Int32Array.from(
        Array.from(tokens.keys(), (position) => position + 1).filter(
          (count) => tokens[count - 1]! < end && textOf(Array.from(tokens.subarray(0, count))).endsWith(delimiter),
        ),
      ),
    promptLength: (messages) => promptOf(messages).length,
    responses: (messages, decoding, prefix) =>
      enumerateResponses(vocabulary, conditional, promptOf(messages), decoding, prefix),
    async close() {},
  };
}

/** A keyed random law: every prefix of every prompt has its own probabilities, none below a twentieth of the largest. */
export function randomConditional(seed: number, vocabularySize: number): Conditional {
  return (prompt, prefix) => {
    const random = stream(seed, "toy law", prompt, prefix);
    const weights = Array.from({ length: vocabularySize + 1 }, () => 0.05 + 0.95 * random.uniform());
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / sum);
  };
}

/** Identity of a toy model; a real one hashes its files, this one its name. */
export function toyIdentity(name: string): ModelIdentity {
  return {
    name,
    revision: `toy:${name}`,
    dtype: "float64",
    templateHash: "toy",
    provider: "cpu",
    runtime: "testkit",
    graphHash: `toy:${name}`,
    tile: 1,
  };
}

/** A toy model is counted as one matrix of `active` parameters without attention. */
export function toySize(active: number): ModelSize {
  return { total: active, active, attentionWidth: 0 };
}

/** What a toy policy reads of a prompt: the contents of its messages, one character a token. */
export function promptOf(messages: readonly ChatMessage[]): string {
  return messages.map((message) => message.content).join("\n");
}

/** Inverse of the cumulative distribution at `u` in [0, 1); rounding at the upper end falls to the last possible token. */
function pick(law: readonly number[], u: number): number {
  let cumulative = 0;
  for (const [token, p] of law.entries()) {
    cumulative += p;
    if (u < cumulative) return token;
  }
  return law.findLastIndex((p) => p > 0);
}

class StatisticsBuilder {
  readonly #logProbability: number[] = [];
  readonly #decodingLogProbability: number[] = [];
  readonly #entropy: number[] = [];
  readonly #selfCertainty: number[] = [];
  readonly #gini: number[] = [];
  readonly #topConfidence: number[] = [];

  add(law: readonly number[], token: number, decodingProbability: number): void {
    this.#logProbability.push(Math.log(law[token]!));
    this.#decodingLogProbability.push(Math.log(decodingProbability));
    this.follow(law);
  }

  /** Statistics of a distribution without a token drawn from it. */
  follow(law: readonly number[]): void {
    const top = law.toSorted((a, b) => b - a).slice(0, TOP_CONFIDENCE_TOKENS);
    this.#entropy.push(-law.reduce((sum, p) => sum + p * Math.log(p), 0));
    this.#selfCertainty.push(-law.reduce((sum, p) => sum + Math.log(law.length * p), 0) / law.length);
    this.#gini.push(law.reduce((sum, p) => sum + p * p, 0));
    this.#topConfidence.push(-top.reduce((sum, p) => sum + Math.log(p), 0) / top.length);
  }

  build(): TokenStatistics {
    return {
      logProbability: Float32Array.from(this.#logProbability),
      decodingLogProbability: Float32Array.from(this.#decodingLogProbability),
      entropy: Float32Array.from(this.#entropy),
      selfCertainty: Float32Array.from(this.#selfCertainty),
      gini: Float32Array.from(this.#gini),
      topConfidence: Float32Array.from(this.#topConfidence),
    };
  }
}
