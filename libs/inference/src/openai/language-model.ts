import {
  interrupted,
  stream,
  type ChatMessage,
  type Decoding,
  type LanguageModel,
  type ModelCapabilities,
  type ModelIdentity,
  type ModelSize,
  type Pair,
  type Sample,
  type SampleBatch,
  type SampleOptions,
  type SampleRequest,
  type TokenStatistics,
} from "@touchstone/core";
import { checkRequest } from "../decoding.ts";
import { lineEnds } from "../line-ends.ts";
import type { Answer, Choice } from "./choice.ts";
import { drawFrom, type Target } from "./forms.ts";
import { asTheyCome } from "./as-they-come.ts";
import { checkName, probeModel, type ServerReport } from "./probe.ts";
import { PromptBook } from "./prompt-book.ts";
import { detokenize } from "./prompts.ts";
import { ServerClient, type AskOptions, type ServerOptions } from "./server-client.ts";
import { fewerChoices } from "./server-errors.ts";
import { lackOf, scoreResponse } from "./score.ts";
import { servedIdentity } from "./served-identity.ts";
import { servedStatistics } from "./served-statistics.ts";
import { Vocabulary } from "./vocabulary.ts";

export interface ServedModelOptions extends ServerOptions {
  /** Stops the probing. */
  readonly signal?: AbortSignal;
  /** File in which it is kept what the model's tokens stand for; without one, they are known to this process only. */
  readonly vocabulary?: (identity: ModelIdentity) => string;
  /** Called with a sentence about what the server does not do as it should, once for each. */
  readonly onRemark?: (remark: string) => void;
}

/** A language model behind a server. */
export interface ServedLanguageModel extends LanguageModel {
  readonly capabilities: ModelCapabilities;
  /** What it was found to do. */
  readonly report: ServerReport;
  /** For others who ask the same server. */
  readonly client: ServerClient;
}

/** The size of what is served is not told: FLOPs are undefined, not zero. */
const UNKNOWN_SIZE: ModelSize = { total: Number.NaN, active: Number.NaN, attentionWidth: Number.NaN };

/** Responses that are asked for in one request, where a request for one each gains nothing. */
const CHOICES_A_REQUEST = 16;

/**
 * Opens a model of an OpenAI-compatible server (vLLM, SGLang, llama.cpp, TGI and others). What it can do is found out by tiny requests.
 * @throws TouchstoneError `unknown-served-model`, `server-other-model`, `bad-server-address`, and those of asking a server
 */
export async function openServedModel(
  { url, model }: { readonly url: string; readonly model: string },
  { signal, vocabulary, onRemark, ...options }: ServedModelOptions = {},
): Promise<ServedLanguageModel> {
  const client = new ServerClient(url, options);
  try {
    const report = await probeModel(client, model, { signal });
    return new OpenAiLanguageModel(client, report, { vocabulary, onRemark });
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

/** The seed that a server is given for a sample: from the sample's own key, so that it depends on nothing else. Below 2^31. */
export function serverSeed(
  { seed, problem, step = 0 }: Pick<SampleRequest, "seed" | "problem" | "step">,
  index: number,
): number {
  return stream(seed, "server", problem.id, index, step).integer(2 ** 31 - 1);
}

/** Samples of one request that are asked for together. */
interface Part {
  readonly position: number;
  readonly first: number;
  readonly count: number;
}

class OpenAiLanguageModel implements ServedLanguageModel {
  readonly identity: ModelIdentity;
  readonly size = UNKNOWN_SIZE;
  readonly contextLength?: number;
  readonly capabilities: ModelCapabilities;
  readonly report: ServerReport;
  readonly client: ServerClient;
  readonly #target: Target;
  readonly #vocabulary: Vocabulary;
  readonly #onRemark: ((remark: string) => void) | undefined;
  readonly #remarked = new Set<string>();
  readonly #prompts: PromptBook;

  constructor(
    client: ServerClient,
    report: ServerReport,
    options: {
      readonly vocabulary: ServedModelOptions["vocabulary"] | undefined;
      readonly onRemark: ServedModelOptions["onRemark"] | undefined;
    },
  ) {
    this.client = client;
    this.report = report;
    this.capabilities = report.capabilities;
    this.identity = servedIdentity(report);
    if (report.contextLength !== undefined) this.contextLength = report.contextLength;
    this.#target = report;
    this.#prompts = new PromptBook(client, report);
    this.#vocabulary = new Vocabulary(options.vocabulary?.(this.identity));
    this.#onRemark = options.onRemark;
  }

  /** Known once the server has been asked; before, NaN. */
  promptLength(messages: readonly ChatMessage[]): number {
    return this.#prompts.length(messages) ?? Number.NaN;
  }

  /** Where messages are all that a server takes, it counts their tokens only when it draws. */
  async readPrompts(prompts: readonly (readonly ChatMessage[])[], ask: { signal?: AbortSignal } = {}): Promise<void> {
    await Promise.all(prompts.map((messages) => this.#prompts.prompt(messages, ask)));
  }

  requestsFor(count: number, decoding: Decoding): number {
    return decoding.temperature === 0 ? 1 : Math.ceil(count / this.#together());
  }

  lineEnds(tokens: Int32Array, delimiter: string): Int32Array {
    return lineEnds(tokens, delimiter, this.#vocabulary);
  }

  async *sample(
    requests: readonly SampleRequest[],
    { signal, onProgress }: SampleOptions = {},
  ): AsyncGenerator<SampleBatch> {
    for (const request of requests) this.#check(request);
    const halting = new AbortController();
    const leaving = new AbortController();
    const ask = { signal: AbortSignal.any([leaving.signal, ...(signal ? [signal] : [])]), halt: halting.signal };
    const parts = requests.flatMap((request, position) => this.#partsOf(request, position));
    try {
      const tasks = parts.map(
        (part) => (give: (batch: SampleBatch) => void) => this.#draw(requests[part.position]!, part, ask, give),
      );
      for await (const batch of asTheyCome(tasks, () => halting.abort())) {
        const tokens = batch.samples.reduce(
          (sum, { tokens: { length }, prefixLength }) => sum + length - prefixLength,
          0,
        );
        onProgress?.({ tokens, samples: batch.samples.length });
        yield batch;
      }
    } catch (error) {
      throw signal?.aborted ? interrupted("sampling") : error;
    } finally {
      // Whoever stops reading wants no more.
      leaving.abort();
    }
  }

  async score(
    pairs: readonly Pair[],
    { signal, afterLast = false }: { signal?: AbortSignal; afterLast?: boolean } = {},
  ): Promise<readonly TokenStatistics[]> {
    if (!this.capabilities.score)
      throw lackOf(this.report, "prompt log-probabilities", "log-probabilities of given responses");
    if (afterLast) throw lackOf(this.report, "whole distributions", "what follows a response's last token");
    return Promise.all(
      pairs.map(async (pair) => {
        const prompt = await this.#prompts.prompt(pair.messages, { signal });
        return scoreResponse(this.client, this.report, prompt, pair.response, { signal });
      }),
    );
  }

  embed(): Promise<never> {
    return Promise.reject(lackOf(this.report, "hidden states", "prompt embeddings"));
  }

  async close(): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }

  #check(request: SampleRequest): void {
    const length = this.promptLength(request.problem.messages);
    checkRequest(request, Number.isNaN(length) ? 0 : length, this.contextLength ?? Number.POSITIVE_INFINITY);
    if ((request.prefix?.length ?? 0) > 0 && !this.capabilities.continuation)
      throw lackOf(this.report, "continuation", "the rest of a response");
  }

  /** Where seeds hold, each sample has its own and is asked for alone: what it is depends on nothing else. */
  #partsOf({ first, count, decoding }: SampleRequest, position: number): Part[] {
    if (decoding.temperature === 0) return [{ position, first, count }];
    const together = this.#together();
    return Array.from({ length: Math.ceil(count / together) }, (_, i) => ({
      position,
      first: first + i * together,
      count: Math.min(together, count - i * together),
    }));
  }

  #together(): number {
    const { seeds, tokens, tokenStatistics } = this.capabilities;
    // Of several responses together, lengths are only known by their tokens.
    return !seeds && this.report.n && (tokens || tokenStatistics !== "none") ? CHOICES_A_REQUEST : 1;
  }

  /** Hands on what came of a request before it asks for what is missing. */
  async #draw(
    request: SampleRequest,
    { position, first, count }: Part,
    ask: AskOptions,
    give: (batch: SampleBatch) => void,
  ): Promise<void> {
    const { decoding, prefix = new Int32Array(), problem } = request;
    const prompt = await this.#prompts.prompt(problem.messages, ask);
    const prefixTokens = Array.from(prefix);
    const prefixText = prefix.length === 0 ? "" : await this.#text(prefixTokens, ask);
    const greedy = decoding.temperature === 0;
    const maxTokens = decoding.maxTokens - prefix.length;
    if (maxTokens <= 0) {
      const sample = this.#sampleOf(NOTHING, first, request, prefixText, undefined);
      const promptTokens = this.#promptTokens(problem.messages, undefined);
      return give({ request: position, promptTokens, samples: repeated(sample, first, count), seconds: 0 });
    }
    for (let done = 0; done < count;) {
      const wanted = greedy ? 1 : count - done;
      let seconds = 0;
      const answer = await drawFrom(
        this.client,
        this.#target,
        {
          ...decoding,
          prompt,
          prefix: prefix.length === 0 ? undefined : { tokens: prefixTokens, text: prefixText },
          n: wanted,
          maxTokens,
          seed: this.capabilities.seeds && !greedy ? serverSeed(request, first + done) : undefined,
          top: this.report.logProbabilities.chosen ? 0 : "none",
        },
        {
          ...ask,
          onSeconds: (share) => {
            seconds = share;
          },
        },
      );
      this.#checkAnswer(answer, wanted, problem.messages);
      const choices = answer.choices.slice(0, wanted);
      const each = choices.length === 1 ? answer.completionTokens : undefined;
      const drawn = choices.map((choice, i) => this.#sampleOf(choice, first + done + i, request, prefixText, each));
      const samples = greedy ? repeated(drawn[0]!, first, count) : drawn;
      const promptTokens = this.#promptTokens(problem.messages, answer.promptTokens, prefix.length);
      give({ request: position, promptTokens, samples, seconds });
      done += samples.length;
    }
  }

  #checkAnswer(answer: Answer, wanted: number, messages: readonly ChatMessage[]): void {
    const { url, model, answersAs } = this.report;
    checkName(model, answer.model, [answersAs], url);
    if (answer.choices.length === 0) throw fewerChoices(wanted, url);
    if (answer.choices.length < wanted) {
      this.#remark(
        "choices",
        `The server at ${url} gives fewer responses than it is asked for; the others are asked for again.`,
      );
    }
    const prompted = answer.promptTokens ?? this.#prompts.length(messages);
    if (prompted === undefined || answer.completionTokens === undefined) {
      this.#remark(
        "usage",
        `The server at ${url} does not say how many tokens it used; what it does not list either is counted as unknown.`,
      );
    }
  }

  #sampleOf(
    choice: Choice,
    index: number,
    { decoding, prefix = new Int32Array() }: SampleRequest,
    prefixText: string,
    counted: number | undefined,
  ): Sample {
    const { tokens, pieces, logProbabilities: values, finish } = choice;
    if (tokens && pieces) this.#vocabulary.learn(tokens, pieces);
    const length = tokens?.length ?? values?.length ?? counted;
    const all = new Int32Array(prefix.length + (length ?? 0)).fill(UNKNOWN_TOKEN);
    all.set(prefix);
    if (tokens) all.set(tokens, prefix.length);
    const { law } = this.report.logProbabilities;
    return {
      index,
      tokens: all,
      prefixLength: prefix.length,
      text: prefixText + choice.text,
      finish,
      // Where not even the number of tokens is known, NaN stands once, so that sums are NaN too.
      statistics: servedStatistics(values, length ?? 1, decoding, law),
    };
  }

  /** Tokens of the prompt as the server counts them; 0 where it does not say. */
  #promptTokens(messages: readonly ChatMessage[], used: number | undefined, prefix = 0): number {
    return this.#prompts.count(messages, used === undefined ? undefined : used - prefix) ?? 0;
  }

  async #text(tokens: readonly number[], ask: AskOptions): Promise<string> {
    const said = this.report.detokenize ? await detokenize(this.client, this.#target, tokens, ask) : undefined;
    return said ?? this.#vocabulary.decode(tokens);
  }

  #remark(key: string, remark: string): void {
    if (this.#remarked.has(key)) return;
    this.#remarked.add(key);
    this.#onRemark?.(remark);
  }
}

/** Token id of a token of which only the number is known. */
const UNKNOWN_TOKEN = -1;

const NOTHING: Choice = { text: "", tokens: [], pieces: [], logProbabilities: [], top: undefined, finish: "length" };

function repeated(sample: Sample, first: number, count: number): Sample[] {
  return Array.from({ length: count }, (_, i) => ({ ...sample, index: first + i }));
}
