import type { ChatMessage, Decoding } from "@touchstone/core";
import { chatCompletion, completion, generated } from "./answers.ts";
import { answerOfChat, answerOfCompletion, answerOfGenerated, type Answer } from "./choice.ts";
import type { AskOptions, ServerClient } from "./server-client.ts";

/** Servers whose own extensions are used; `openai` is any other that speaks the protocol. */
export type ServerKind = "vllm" | "sglang" | "llama.cpp" | "tgi" | "openai";

/**
 * How a prompt is put to a server. `tokens`: as token ids that the server itself made of the messages, so that a response is continued
 * from exactly its tokens. `text`: as the text that the server's template makes. `chat`: as messages.
 */
export type RequestForm = "tokens" | "text" | "chat";

/** A model of a server, and how it is asked. */
export interface Target {
  readonly kind: ServerKind;
  readonly model: string;
  readonly form: RequestForm;
}

/** A prompt in every form that is known of it. */
export interface Prompt {
  readonly messages: readonly ChatMessage[];
  readonly tokens: readonly number[] | undefined;
  readonly text: string | undefined;
}

export interface DrawRequest extends Pick<Decoding, "temperature" | "topK" | "topP" | "stop"> {
  readonly prompt: Prompt;
  /** What the response begins with. */
  readonly prefix?: { readonly tokens: readonly number[]; readonly text: string } | undefined;
  readonly n: number;
  /** Of new tokens. */
  readonly maxTokens: number;
  readonly seed?: number | undefined;
  /** How many of the most probable tokens are listed beside the drawn one, with log-probabilities; `none`: not even its own. Default 0. */
  readonly top?: number | "none" | undefined;
}

/** Asks for responses. What decides about them is said explicitly: servers have defaults of their own, for the model and for themselves. */
export async function drawFrom(
  client: ServerClient,
  target: Target,
  wanted: DrawRequest,
  ask: AskOptions,
): Promise<Answer> {
  const { kind, form } = target;
  if (kind === "tgi" && form === "text") {
    return answerOfGenerated(await client.post("/generate", generateBody(wanted), generated, ask));
  }
  if (form === "chat") {
    return answerOfChat(
      await client.post("/v1/chat/completions", chatBody(target, wanted), chatCompletion, ask),
      wanted.stop,
    );
  }
  const body = completionBody(target, wanted);
  return answerOfCompletion(await client.post("/v1/completions", body, completion, ask), wanted.stop);
}

/**
 * Log-probabilities of the tokens of a prompt, each given those before it; NaN of the first. Undefined where this kind of server tells
 * none, or not those of these tokens.
 */
export async function scorePrompt(
  client: ServerClient,
  { kind, model }: Target,
  prompt: { readonly tokens: readonly number[]; readonly text?: string | undefined },
  ask: AskOptions,
): Promise<readonly number[] | undefined> {
  const { tokens } = prompt;
  const common = { model, prompt: tokens, max_tokens: 1, temperature: 0 };
  if (kind === "vllm") {
    const { choices } = await client.post("/v1/completions", { ...common, prompt_logprobs: 1 }, completion, ask);
    const listed = choices[0]?.prompt_logprobs;
    if (listed?.length !== tokens.length) return undefined;
    return listed.map((one, i) => one?.[String(tokens[i])]?.logprob ?? Number.NaN);
  }
  if (kind === "sglang") {
    const { choices } = await client.post("/v1/completions", { ...common, echo: true, logprobs: 1 }, completion, ask);
    const logprobs = choices[0]?.logprobs;
    if (logprobs === undefined || !("tokens" in logprobs) || logprobs.token_logprobs.length < tokens.length)
      return undefined;
    return logprobs.token_logprobs.slice(0, tokens.length).map((value) => value ?? Number.NaN);
  }
  if (kind === "tgi" && prompt.text !== undefined) {
    const parameters = { max_new_tokens: 1, details: true, decoder_input_details: true, do_sample: false };
    const { details } = await client.post("/generate", { inputs: prompt.text, parameters }, generated, ask);
    const { prefill } = details;
    // The text may have become other tokens.
    if (prefill?.length !== tokens.length || prefill.some(({ id }, i) => id !== tokens[i])) return undefined;
    return prefill.map(({ logprob }) => logprob ?? Number.NaN);
  }
  return undefined;
}

function completionBody({ kind, model, form }: Target, wanted: DrawRequest): object {
  const { prompt, prefix, top = 0 } = wanted;
  const { tokens = [], text = "" } = prompt;
  return {
    model,
    prompt: form === "tokens" ? [...tokens, ...(prefix?.tokens ?? [])] : text + (prefix?.text ?? ""),
    // llama.cpp takes 0 for none at all.
    ...(top === "none" ? {} : { logprobs: kind === "llama.cpp" ? Math.max(1, top) : top }),
    ...sampling(kind, wanted),
    // The template has put them.
    ...(kind === "vllm" ? { add_special_tokens: false } : {}),
  };
}

function chatBody({ kind, model }: Target, wanted: DrawRequest): object {
  const { prompt, prefix, top = 0 } = wanted;
  const continued = prefix === undefined || prefix.text === "" ? undefined : prefix.text;
  return {
    model,
    messages:
      continued === undefined ? prompt.messages : [...prompt.messages, { role: "assistant", content: continued }],
    // llama.cpp and TGI go on with a last message of the assistant by themselves.
    ...(continued === undefined || kind === "llama.cpp" || kind === "tgi"
      ? {}
      : { continue_final_message: true, add_generation_prompt: false }),
    ...(top === "none" ? {} : { logprobs: true, top_logprobs: kind === "llama.cpp" ? Math.max(1, top) : top }),
    ...sampling(kind, wanted),
  };
}

/** The law of drawing, in the words of each kind of server; every other sampler is switched off. */
function sampling(kind: ServerKind, { temperature, topK, topP, maxTokens, n, seed, stop }: DrawRequest): object {
  const common = {
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    ...(n === 1 ? {} : { n }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop }),
  };
  switch (kind) {
    case "vllm":
    case "sglang":
      return {
        ...common,
        top_k: topK === 0 ? -1 : topK,
        min_p: 0,
        repetition_penalty: 1,
        presence_penalty: 0,
        frequency_penalty: 0,
        return_token_ids: true,
      };
    case "llama.cpp":
      return {
        ...common,
        top_k: topK,
        min_p: 0,
        typical_p: 1,
        repeat_penalty: 1,
        presence_penalty: 0,
        frequency_penalty: 0,
        samplers: ["top_k", "top_p", "temperature"],
      };
    case "tgi":
      return common;
    case "openai":
      // Strict servers refuse what the protocol does not know.
      return topK === 0 ? common : { ...common, top_k: topK };
  }
}

/** TGI's own form refuses the values that switch a sampler off. */
function generateBody({ prompt, prefix, temperature, topK, topP, maxTokens, seed, stop }: DrawRequest): object {
  return {
    inputs: (prompt.text ?? "") + (prefix?.text ?? ""),
    parameters: {
      details: true,
      return_full_text: false,
      max_new_tokens: maxTokens,
      do_sample: temperature > 0,
      ...(temperature > 0 && temperature !== 1 ? { temperature } : {}),
      ...(topK > 0 ? { top_k: topK } : {}),
      ...(topP < 1 ? { top_p: topP } : {}),
      ...(seed === undefined ? {} : { seed }),
      ...(stop.length === 0 ? {} : { stop }),
    },
  };
}
