import type { ChatMessage } from "@touchstone/core";
import { chatCompletion, chatTokenized, detokenized, templated, tokenized } from "./answers.ts";
import type { Prompt, ServerKind } from "./forms.ts";
import type { AskOptions, ServerClient } from "./server-client.ts";

/**
 * A prompt as the server itself makes it of messages, in all forms that this kind of server tells. With `end`, which is vLLM's alone,
 * nothing follows a last message of the assistant: it stays `open`, or is `closed` as the template closes it.
 */
export async function promptOf(
  client: ServerClient,
  { kind, model }: { readonly kind: ServerKind; readonly model: string },
  messages: readonly ChatMessage[],
  ask: AskOptions,
  end?: "open" | "closed",
): Promise<Prompt> {
  switch (kind) {
    case "vllm": {
      const body = {
        model,
        messages,
        add_generation_prompt: end === undefined,
        continue_final_message: end === "open",
      };
      const { tokens } = await client.post("/tokenize", body, tokenized, ask);
      return { messages, tokens, text: undefined };
    }
    case "sglang": {
      // Its tokenizer's endpoint knows no messages: the prompt comes back with a token drawn from it.
      const body = { model, messages, max_tokens: 1, return_token_ids: true };
      const answer = await client.post("/v1/chat/completions", body, chatCompletion, ask);
      return { messages, tokens: answer.prompt_token_ids ?? answer.choices[0]?.prompt_token_ids, text: undefined };
    }
    case "llama.cpp": {
      const { prompt: text } = await client.post("/apply-template", { messages }, templated, ask);
      // As it tokenizes a prompt given as text: with what begins every sequence, and special tokens read as such.
      const body = { content: text, add_special: true, parse_special: true };
      const { tokens } = await client.post("/tokenize", body, tokenized, ask);
      return { messages, tokens, text };
    }
    case "tgi": {
      const body = { model, messages };
      const { tokenize_response: list, templated_text: text } = await client.post(
        "/chat_tokenize",
        body,
        chatTokenized,
        ask,
      );
      return { messages, tokens: list.map(({ id }) => id), text };
    }
    case "openai":
      return { messages, tokens: undefined, text: undefined };
  }
}

/** Text of tokens in the server's own words; undefined where it does not tell. */
export async function detokenize(
  client: ServerClient,
  { kind, model }: { readonly kind: ServerKind; readonly model: string },
  tokens: readonly number[],
  ask: AskOptions,
): Promise<string | undefined> {
  if (kind === "tgi" || kind === "openai") return undefined;
  return client.post("/detokenize", { model, tokens }, detokenized, ask);
}
