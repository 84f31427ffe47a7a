import type { ChatMessage } from "@touchstone/core";
import { respond, wantedOf, type Told } from "./responses.ts";
import type { ServedPolicy } from "./served-policy.ts";
import type { Flavour } from "./settings.ts";

type Body = Readonly<Record<string, unknown>>;

/** An answer other than success. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Asked {
  readonly flavour: Flavour;
  readonly name: string;
  readonly policy: ServedPolicy;
  readonly body: Body;
}

/** `POST` endpoints of policies, by path; which of them a server has is its flavour's. */
export const POLICY_ENDPOINTS: Readonly<Record<string, (asked: Asked) => Promise<unknown>>> = {
  "/v1/completions": completions,
  "/v1/chat/completions": chat,
  "/generate": generate,
  "/tokenize": tokenize,
  "/detokenize": detokenize,
  "/apply-template": ({ policy, body }) => Promise.resolve({ prompt: policy.render(messagesOf(body)).text }),
  "/chat_tokenize": chatTokenize,
};

const SHARED = ["/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"];

export const ENDPOINTS_OF: Readonly<Record<Flavour, readonly string[]>> = {
  vllm: SHARED,
  sglang: SHARED,
  "llama.cpp": [...SHARED, "/apply-template"],
  tgi: ["/v1/chat/completions", "/generate", "/chat_tokenize"],
  openai: ["/v1/chat/completions"],
};

async function completions({ flavour, name, policy, body }: Asked): Promise<unknown> {
  const prompt = promptOf(policy, body["prompt"]);
  const wanted = { ...wantedOf(body, prompt), top: typeof body["logprobs"] === "number" ? body["logprobs"] : -1 };
  checkLength(policy, prompt, wanted.decoding.maxTokens);
  const drawn = await respond(policy, flavour, wanted);
  const echo = body["echo"] === true && wanted.top >= 0 ? await policy.score(prompt) : [];
  const scored = typeof body["prompt_logprobs"] === "number" ? await policy.score(prompt) : undefined;
  return {
    id: "cmpl-test",
    object: "text_completion",
    created: now(),
    model: name,
    choices: drawn.map((one, index) => ({
      index,
      text: (echo.length > 0 ? policy.decode(prompt) : "") + one.text,
      ...ending(flavour, one, body),
      ...(wanted.top < 0
        ? {}
        : { logprobs: flavour === "llama.cpp" ? listed(one, true) : parallel(policy, prompt, echo, one) }),
      ...ids(flavour, one, prompt, body),
      ...(scored && flavour === "vllm" ? { prompt_logprobs: promptLogprobs(policy, prompt, scored) } : {}),
    })),
    usage: usageOf(prompt, drawn),
  };
}

async function chat({ flavour, name, policy, body }: Asked): Promise<unknown> {
  const messages = messagesOf(body);
  if (flavour === "openai") refuseUnknown(body);
  const last = messages.at(-1);
  const open =
    body["continue_final_message"] === true ||
    ((flavour === "llama.cpp" || flavour === "tgi") && last?.role === "assistant");
  const prompt = policy.render(messages, open).tokens;
  const top = body["logprobs"] === true ? ((body["top_logprobs"] as number | undefined) ?? 0) : -1;
  const wanted = { ...wantedOf(body, prompt), top, ...(flavour === "tgi" ? { n: 1 } : {}) };
  checkLength(policy, prompt, wanted.decoding.maxTokens);
  const drawn = await respond(policy, flavour, wanted);
  const withIds = body["return_token_ids"] === true && flavour === "vllm";
  return {
    id: "chatcmpl-test",
    object: "chat.completion",
    created: now(),
    model: name,
    ...(withIds ? { prompt_token_ids: prompt } : {}),
    choices: drawn.map((one, index) => ({
      index,
      message: { role: "assistant", content: one.text },
      ...ending(flavour, one, body),
      logprobs: top < 0 ? null : listed(one, flavour === "llama.cpp"),
      ...ids(flavour, one, withIds ? undefined : prompt, body),
    })),
    usage: usageOf(prompt, drawn),
  };
}

/** TGI's own. */
async function generate({ policy, body }: Asked): Promise<unknown> {
  const prompt = policy.encode(String(body["inputs"]));
  const parameters = (body["parameters"] ?? {}) as Body;
  const wanted = wantedOf(parameters, prompt);
  const temperature = parameters["do_sample"] === true ? wanted.decoding.temperature : 0;
  const decoding = { ...wanted.decoding, temperature };
  checkLength(policy, prompt, decoding.maxTokens);
  const [one] = await respond(policy, "tgi", { ...wanted, decoding });
  const token = (id: number, logprob: number | null) => ({ id, text: policy.decode([id], true), logprob });
  const scored = parameters["decoder_input_details"] === true ? await policy.score(prompt) : undefined;
  return {
    generated_text: one!.text,
    details: {
      finish_reason: { length: "length", end: "eos_token", stop: "stop_sequence" }[one!.finish],
      generated_tokens: one!.tokens.length,
      seed: wanted.seed,
      prefill: scored ? prompt.map((id, i) => token(id, Number.isNaN(scored[i]!) ? null : scored[i]!)) : [],
      tokens: one!.tokens.map((id, t) => ({
        ...token(id, one!.logProbabilities[t]!),
        special: policy.decode([id]) === "",
      })),
    },
  };
}

function tokenize({ flavour, policy, body }: Asked): Promise<unknown> {
  const text = body[flavour === "llama.cpp" ? "content" : "prompt"];
  const open = body["continue_final_message"] === true;
  const chats = flavour === "vllm" && Array.isArray(body["messages"]);
  if (!chats && typeof text !== "string") throw new Refusal(422, "there is nothing to tokenize");
  const closed = body["add_generation_prompt"] === false && !open;
  const rendered = () => (closed ? policy.close(messagesOf(body)) : policy.render(messagesOf(body), open).tokens);
  const tokens = chats ? rendered() : policy.encode(String(text));
  const { contextLength: max_model_len } = policy;
  return Promise.resolve(flavour === "llama.cpp" ? { tokens } : { tokens, count: tokens.length, max_model_len });
}

function detokenize({ flavour, policy, body }: Asked): Promise<unknown> {
  const text = policy.decode(body["tokens"] as readonly number[], true);
  return Promise.resolve({
    [{ vllm: "prompt", sglang: "text", "llama.cpp": "content", tgi: "", openai: "" }[flavour]]: text,
  });
}

function chatTokenize({ policy, body }: Asked): Promise<unknown> {
  const { tokens, text } = policy.render(messagesOf(body));
  const list = tokens.map((id) => ({ id, text: policy.decode([id], true), start: 0, stop: 0 }));
  return Promise.resolve({ tokenize_response: list, templated_text: text });
}

function promptOf(policy: ServedPolicy, prompt: unknown): readonly number[] {
  const tokens = Array.isArray(prompt) ? (prompt as readonly number[]) : policy.encode(String(prompt ?? ""));
  if (tokens.length === 0) throw new Refusal(400, "the prompt is empty");
  return tokens;
}

function messagesOf(body: Body): readonly ChatMessage[] {
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) throw new Refusal(422, "there are no messages");
  return messages as readonly ChatMessage[];
}

function checkLength(policy: ServedPolicy, prompt: readonly number[], maxTokens: number): void {
  if (prompt.length + maxTokens <= policy.contextLength) return;
  throw new Refusal(400, `This model's maximum context length is ${policy.contextLength} tokens.`);
}

/** OpenAI's own servers know no more than the protocol. */
function refuseUnknown(body: Body): void {
  const known = new Set([
    "model",
    "messages",
    "max_tokens",
    "temperature",
    "top_p",
    "n",
    "seed",
    "stop",
    "logprobs",
    "top_logprobs",
  ]);
  const other = Object.keys(body).find((key) => !known.has(key));
  if (other !== undefined) throw new Refusal(400, `Unrecognized request argument supplied: ${other}`);
}

function ending(flavour: Flavour, { finish, text }: Told, body: Body): object {
  const reason = finish === "length" ? "length" : "stop";
  if (finish !== "stop") return { finish_reason: reason, ...(flavour === "vllm" ? { stop_reason: null } : {}) };
  const stop = ([body["stop"]].flat() as readonly string[]).find((one) => !text.includes(one));
  const named = { vllm: { stop_reason: stop }, sglang: { matched_stop: stop }, "llama.cpp": {}, tgi: {}, openai: {} };
  return { finish_reason: reason, ...named[flavour] };
}

function ids(flavour: Flavour, { tokens }: Told, prompt: readonly number[] | undefined, body: Body): object {
  if (body["return_token_ids"] !== true || (flavour !== "vllm" && flavour !== "sglang")) return {};
  return { token_ids: tokens, ...(prompt ? { prompt_token_ids: prompt } : {}) };
}

/** The form of completions: lists side by side. */
function parallel(policy: ServedPolicy, prompt: readonly number[], echo: readonly number[], one: Told): object {
  const before = echo.length > 0 ? prompt.map((id) => policy.decode([id], true)) : [];
  return {
    tokens: [...before, ...one.pieces],
    token_logprobs: [...echo.map((value) => (Number.isNaN(value) ? null : value)), ...one.logProbabilities],
    top_logprobs: [
      ...before.map(() => null),
      ...one.top.map((list) => Object.fromEntries(list.map(({ piece, value }) => [piece, value]))),
    ],
    text_offset: [],
  };
}

/** The form of chats: a list of tokens, in llama.cpp's with ids. */
function listed({ tokens, pieces, logProbabilities, top }: Told, withIds: boolean): object {
  const entry = (id: number, token: string, logprob: number) => ({
    ...(withIds ? { id } : {}),
    token,
    bytes: Array.from(Buffer.from(token)),
    logprob,
  });
  return {
    content: tokens.map((id, t) => ({
      ...entry(id, pieces[t]!, logProbabilities[t]!),
      top_logprobs: top[t]!.map((one) => entry(one.id, one.piece, one.value)),
    })),
  };
}

function promptLogprobs(policy: ServedPolicy, prompt: readonly number[], scored: readonly number[]): unknown[] {
  return prompt.map((id, i) =>
    i === 0 ? null : { [id]: { logprob: scored[i]!, rank: 1, decoded_token: policy.decode([id], true) } },
  );
}

function usageOf(prompt: readonly number[], drawn: readonly Told[]): object {
  const completion = drawn.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return { prompt_tokens: prompt.length, completion_tokens: completion, total_tokens: prompt.length + completion };
}

/** As the real ones: the time of the question. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
