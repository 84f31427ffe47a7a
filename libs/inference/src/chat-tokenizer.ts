import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import type { ChatMessage, Pair } from "@touchstone/core";
import { TouchstoneError } from "@touchstone/core";
import type { ModelFolder } from "./model-folder.ts";

/** Messages to token ids and back, as the model's own Hugging Face files say. */
export class ChatTokenizer {
  /** Tokens that end a response. */
  readonly endTokens: readonly number[];
  readonly #tokenizer: Tokenizer;
  readonly #template: Template;
  readonly #special: Record<string, string>;
  readonly #vocabularySize: number;
  readonly #prompts = new Map<string, Int32Array>();
  readonly #stopTokens = new Map<string, readonly number[]>();

  constructor(folder: ModelFolder) {
    try {
      this.#tokenizer = new Tokenizer(folder.tokenizer, folder.tokenizerConfig);
      this.#template = new Template(folder.chatTemplate);
    } catch (cause) {
      throw new TouchstoneError({
        code: "invalid-tokenizer",
        family: "input",
        what: `The model's tokenizer or chat template cannot be used (${(cause as Error).message}).`,
        value: folder.path,
        fix: "Take tokenizer.json and tokenizer_config.json from the model's publisher again.",
        cause,
      });
    }
    this.#special = specialTokens(folder.tokenizerConfig);
    this.#vocabularySize = folder.model.config.vocabularySize;
    this.endTokens = this.#endTokens(folder);
  }

  /** The prompt's tokens: chat template with the marker after which the response begins. The array is shared: do not write to it. */
  prompt(messages: readonly ChatMessage[]): Int32Array {
    const key = JSON.stringify(messages);
    let tokens = this.#prompts.get(key);
    if (tokens === undefined) {
      const text = this.#template.render({ ...this.#special, messages, add_generation_prompt: true });
      tokens = this.encode(text);
      if (tokens.length === 0) {
        throw new TouchstoneError({
          code: "empty-prompt",
          family: "input",
          what: "The chat template made a prompt without tokens.",
          value: messages,
          fix: "Give the problem at least one message that the model's chat template prints.",
        });
      }
      // A run asks for the same few prompts again and again; a very long run must not keep them all.
      if (this.#prompts.size >= 10_000) this.#prompts.clear();
      this.#prompts.set(key, tokens);
    }
    return tokens;
  }

  /** Plain text to tokens, nothing added. */
  encode(text: string): Int32Array {
    const ids = Int32Array.from(this.#tokenizer.encode(text, { add_special_tokens: false }).ids);
    const outside = ids.find((id) => id < 0 || id >= this.#vocabularySize);
    if (outside === undefined) return ids;
    throw new TouchstoneError({
      code: "invalid-tokenizer",
      family: "input",
      what: `The tokenizer gives token ${outside}, but the model knows ${this.#vocabularySize} tokens only.`,
      value: text,
      fix: "Use the tokenizer.json that belongs to these weights.",
    });
  }

  /** A response as tokens: as given, or its text, closed by the end token unless it is partial. */
  response({ text, tokens, partial }: Pair["response"]): Int32Array {
    if (tokens !== undefined) return tokens;
    const end = this.endTokens[0];
    return end === undefined || partial === true ? this.encode(text) : Int32Array.from([...this.encode(text), end]);
  }

  /** Tokens to text, special tokens left out. */
  decode(tokens: Int32Array): string {
    return tokens.length === 0 ? "" : this.#tokenizer.decode(Array.from(tokens), { skip_special_tokens: true });
  }

  /**
   * Tokens whose own text holds one of the stop strings. Drawing one ends the response for certain, so the engine can
   * stop the row there; stop strings spread over several tokens are found afterwards.
   */
  stopTokens(stop: readonly string[]): readonly number[] {
    if (stop.length === 0) return [];
    const key = JSON.stringify(stop);
    let ids = this.#stopTokens.get(key);
    if (ids === undefined) {
      const holds = (id: number) => {
        const once = this.decode(Int32Array.of(id));
        return stop.some((s) => once.includes(s));
      };
      ids = Array.from({ length: this.#vocabularySize }, (_, id) => id).filter(holds);
      this.#stopTokens.set(key, ids);
    }
    return ids;
  }

  #endTokens(folder: ModelFolder): readonly number[] {
    const stated = folder.generationConfig["eos_token_id"];
    if (typeof stated === "number") return [stated];
    if (Array.isArray(stated)) return stated.filter((id) => typeof id === "number");
    if (folder.model.config.endTokens.length > 0) return folder.model.config.endTokens;
    const id =
      this.#special["eos_token"] === undefined ? undefined : this.#tokenizer.token_to_id(this.#special["eos_token"]);
    return id === undefined ? [] : [id];
  }
}

/** `bos_token`, `eos_token`, … as strings; `tokenizer_config.json` writes them as text or as `{ content }`. */
function specialTokens(config: Record<string, unknown>): Record<string, string> {
  const special: Record<string, string> = {};
  for (const [name, value] of Object.entries(config)) {
    if (!name.endsWith("_token")) continue;
    const text = typeof value === "object" && value !== null ? (value as { content?: unknown }).content : value;
    if (typeof text === "string") special[name] = text;
  }
  return special;
}
