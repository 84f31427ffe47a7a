import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import type { ChatMessage, Decoding, FinishReason, TokenStatistics } from "@touchstone/core";
import { loadLanguageModel, type LocalLanguageModel } from "@touchstone/inference";

export interface PolicyDraw extends Omit<Decoding, "maxTokens"> {
  readonly prompt: readonly number[];
  readonly n: number;
  /** Of new tokens. */
  readonly maxTokens: number;
  readonly seed: number;
}

/** What a prompt was continued with. */
export interface PolicyResponse {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly finish: FinishReason;
  readonly statistics: TokenStatistics;
}

/** The problem under whose id the engine draws for the server: who asks it for the same gets the same. */
export const SERVED_PROBLEM = "served";

/**
 * A policy as a server has it, by the project's engine: prompts are tokens, and a response goes on from wherever a prompt ends. A prompt
 * that was made of messages before is drawn from as the engine itself draws from these messages.
 */
export class ServedPolicy implements AsyncDisposable {
  readonly #folder: string;
  readonly #engine: LocalLanguageModel;
  readonly #tokenizer: Tokenizer;
  readonly #template: Template;
  readonly #special: Record<string, unknown>;
  /** Prompts that were made of messages, by their tokens. */
  readonly #known = new Map<string, readonly ChatMessage[]>();
  readonly #following = new Map<string, Promise<Float64Array>>();
  #bare: Promise<LocalLanguageModel> | undefined;
  #bareFolder: string | undefined;

  private constructor(folder: string, engine: LocalLanguageModel) {
    this.#folder = resolve(folder);
    this.#engine = engine;
    const config = this.#json("tokenizer_config.json");
    this.#special = config;
    this.#tokenizer = new Tokenizer(this.#json("tokenizer.json"), config);
    this.#template = new Template(String(config["chat_template"]));
  }

  static async load(folder: string): Promise<ServedPolicy> {
    return new ServedPolicy(folder, await loadLanguageModel(folder, ENGINE));
  }

  get contextLength(): number {
    return this.#engine.contextLength ?? Number.POSITIVE_INFINITY;
  }

  get vocabularySize(): number {
    return (this.#json("config.json") as { vocab_size: number }).vocab_size;
  }

  /** A conversation as the chat template makes it; `open`: its last message is the assistant's, and goes on. */
  render(
    messages: readonly ChatMessage[],
    open = false,
  ): { readonly tokens: readonly number[]; readonly text: string } {
    const last = messages.at(-1);
    const before = open ? messages.slice(0, -1) : messages;
    const prompt = this.#template.render({ ...this.#special, messages: before, add_generation_prompt: true });
    const text = open ? prompt + last!.content : prompt;
    const start = Array.from(this.#engine.promptTokens(before));
    this.#known.set(start.join(), before);
    return { text, tokens: open ? [...start, ...this.encode(last!.content)] : start };
  }

  /** A conversation that nothing follows. */
  close(messages: readonly ChatMessage[]): number[] {
    return this.encode(this.#template.render({ ...this.#special, messages, add_generation_prompt: false }));
  }

  encode(text: string): number[] {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  decode(tokens: readonly number[], special = false): string {
    return tokens.length === 0 ? "" : this.#tokenizer.decode([...tokens], { skip_special_tokens: !special });
  }

  async draw({ prompt, n, maxTokens, seed, ...law }: PolicyDraw): Promise<PolicyResponse[]> {
    const { model, messages, rest } = await this.#begin(prompt);
    const decoding = { ...law, maxTokens: rest.length + maxTokens };
    const prefix = Int32Array.from(rest);
    const request = { problem: { id: SERVED_PROBLEM, messages }, first: 0, count: n, seed, decoding };
    const samples: (PolicyResponse & { readonly index: number })[] = [];
    const before = this.decode(rest).length;
    for await (const batch of model.sample([rest.length > 0 ? { ...request, prefix } : request])) {
      for (const { index, text, tokens, finish, statistics, prefixLength } of batch.samples) {
        const drawn = Array.from(tokens.subarray(prefixLength));
        samples.push({ index, text: text.slice(before), tokens: drawn, finish, statistics });
      }
    }
    return samples.toSorted((a, b) => a.index - b.index).slice(0, n);
  }

  /** Log-probability of each token given those before it, NaN of the first. */
  async score(tokens: readonly number[]): Promise<number[]> {
    const [first, ...others] = tokens;
    if (others.length === 0) return [Number.NaN];
    const [statistics] = await (await this.#bareModel()).score([pair(this.#message(first!), others)]);
    return [Number.NaN, ...statistics!.logProbability];
  }

  /** The whole distribution that follows tokens, natural logarithm, at temperature 1. Each is computed once. */
  following(tokens: readonly number[]): Promise<Float64Array> {
    const key = tokens.join();
    const known = this.#following.get(key) ?? this.#follow(tokens);
    this.#following.set(key, known);
    return known;
  }

  async #follow(tokens: readonly number[]): Promise<Float64Array> {
    const [first, ...others] = tokens;
    const bare = await this.#bareModel();
    const all = Array.from({ length: this.vocabularySize }, (_, token) =>
      pair(this.#message(first!), [...others, token]),
    );
    return Float64Array.from(await bare.score(all), ({ logProbability }) => logProbability.at(-1)!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.close();
    await (await this.#bare)?.close();
    if (this.#bareFolder !== undefined) rmSync(this.#bareFolder, { recursive: true, force: true });
  }

  /** A prompt as messages that the template knows and tokens that follow them. */
  async #begin(prompt: readonly number[]) {
    for (let length = prompt.length; length > 0; length--) {
      const messages = this.#known.get(prompt.slice(0, length).join());
      if (messages) return { model: this.#engine, messages, rest: prompt.slice(length) };
    }
    return { model: await this.#bareModel(), messages: this.#message(prompt[0]!), rest: prompt.slice(1) };
  }

  #message(first: number): readonly ChatMessage[] {
    return [{ role: "user", content: this.decode([first], true) }];
  }

  /** The same weights behind a template that adds nothing. */
  #bareModel(): Promise<LocalLanguageModel> {
    this.#bare ??= (async () => {
      const folder = mkdtempSync(join(tmpdir(), "touchstone-bare-"));
      this.#bareFolder = folder;
      const own = new Set(["tokenizer_config.json", "chat_template.jinja"]);
      for (const name of readdirSync(this.#folder)) {
        if (!own.has(name)) symlinkSync(join(this.#folder, name), join(folder, name));
      }
      const config = { ...this.#json("tokenizer_config.json"), chat_template: "{{ messages[0]['content'] }}" };
      writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(config));
      return loadLanguageModel(folder, ENGINE);
    })();
    return this.#bare;
  }

  #json(name: string): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.#folder, name), "utf8")) as Record<string, unknown>;
  }
}

/** Row by row, as a server draws. */
const ENGINE = { tile: 1, workers: 1 } as const;

function pair(messages: readonly ChatMessage[], tokens: readonly number[]) {
  return { messages, response: { text: "", tokens: Int32Array.from(tokens) } };
}

/** What a law makes of a distribution: its temperature, then its truncation, renormalised. */
export function lawOver(
  distribution: Float64Array,
  { temperature, topK, topP }: Pick<Decoding, "temperature" | "topK" | "topP">,
): Float64Array {
  const t = temperature === 0 ? 1 : temperature;
  const tempered = normalised(distribution.map((value) => value / t));
  if (topK === 0 && topP === 1) return tempered;
  const order = Array.from(tempered.keys()).toSorted((a, b) => tempered[b]! - tempered[a]!);
  let mass = 0;
  const kept = new Set<number>();
  for (const token of order) {
    if ((topK > 0 && kept.size >= topK) || mass >= topP) break;
    kept.add(token);
    mass += Math.exp(tempered[token]!);
  }
  return normalised(tempered.map((value, token) => (kept.has(token) ? value : Number.NEGATIVE_INFINITY)));
}

function normalised(values: Float64Array): Float64Array {
  const highest = Math.max(...values);
  const sum = Math.log(values.reduce((total, value) => total + Math.exp(value - highest), 0)) + highest;
  return values.map((value) => value - sum);
}
