import type { ChatMessage } from "@touchstone/core";
import type { Prompt, Target } from "./forms.ts";
import { promptOf } from "./prompts.ts";
import type { AskOptions, ServerClient } from "./server-client.ts";

/** A run asks for the same few prompts again and again; a very long one must not keep them all. */
const KEPT = 10_000;

/** Prompts as a server makes them, each asked for once, and how many tokens they have. */
export class PromptBook {
  readonly #client: ServerClient;
  readonly #target: Target;
  readonly #prompts = new Map<string, Promise<Prompt>>();
  readonly #lengths = new Map<string, number>();

  constructor(client: ServerClient, target: Target) {
    this.#client = client;
    this.#target = target;
  }

  /** A failure is not kept. */
  prompt(messages: readonly ChatMessage[], ask: AskOptions): Promise<Prompt> {
    if (this.#target.form === "chat") return Promise.resolve({ messages, tokens: undefined, text: undefined });
    const key = JSON.stringify(messages);
    const known = this.#prompts.get(key);
    if (known) return known;
    if (this.#prompts.size >= KEPT) this.#prompts.clear();
    const asked = promptOf(this.#client, this.#target, messages, ask).then((prompt) => {
      if (prompt.tokens) this.#lengths.set(key, prompt.tokens.length);
      return prompt;
    });
    this.#prompts.set(key, asked);
    asked.catch(() => this.#prompts.delete(key));
    return asked;
  }

  /** Tokens of a prompt; undefined before the server has said it. */
  length(messages: readonly ChatMessage[]): number | undefined {
    return this.#lengths.get(JSON.stringify(messages));
  }

  /** Tokens of a prompt, which a server may also say when it draws. */
  count(messages: readonly ChatMessage[], used: number | undefined): number | undefined {
    const known = this.length(messages) ?? used;
    if (known !== undefined) this.#lengths.set(JSON.stringify(messages), known);
    return known;
  }
}
