import type { FinishReason } from "@touchstone/core";
import type { ChatCompletion, Completion, Generated } from "./answers.ts";

/** One response as a server gave it, whatever the form of its answer. What the server did not say is undefined. */
export interface Choice {
  /** Without special tokens, cut before a stop string. */
  readonly text: string;
  readonly tokens: readonly number[] | undefined;
  /** What each token stands for, as text or as UTF-8. */
  readonly pieces: readonly (string | Uint8Array)[] | undefined;
  /** Of the drawn tokens. */
  readonly logProbabilities: readonly number[] | undefined;
  /** At each token the most probable ones that came along, by the server's name of them. */
  readonly top: readonly ReadonlyMap<string, number>[] | undefined;
  readonly finish: FinishReason;
}

/** An answer to a request for responses. */
export interface Answer {
  readonly choices: readonly Choice[];
  readonly promptTokens: number | undefined;
  /** Of all choices together. */
  readonly completionTokens: number | undefined;
  /** The name of the model that answered, as the server says. */
  readonly model: string | undefined;
  readonly fingerprint: string | undefined;
}

export function answerOfCompletion(answer: Completion, stop: readonly string[]): Answer {
  return {
    ...heading(answer),
    choices: inOrder(answer.choices).map((choice): Choice => {
      const { logprobs, text, token_ids: ids } = choice;
      if (logprobs !== undefined && "tokens" in logprobs) {
        const { tokens, token_logprobs: values, top_logprobs: top } = logprobs;
        return complete({
          text,
          tokens: ids,
          pieces: tokens,
          logProbabilities: values.map((value) => value ?? Number.NaN),
          top: top?.map((one) => new Map(Object.entries(one ?? {}))),
          finish: finishOf(choice, tokens, stop),
        });
      }
      return complete({
        text,
        ...listed(logprobs?.content, ids),
        finish: finishOf(choice, piecesOf(logprobs?.content), stop),
      });
    }),
  };
}

export function answerOfChat(answer: ChatCompletion, stop: readonly string[]): Answer {
  return {
    ...heading(answer),
    choices: inOrder(answer.choices).map((choice): Choice => {
      const { message, logprobs, token_ids: ids } = choice;
      return complete({
        text: message.content ?? "",
        ...listed(logprobs?.content, ids),
        finish: finishOf(choice, piecesOf(logprobs?.content), stop),
      });
    }),
  };
}

/** TGI names no model in its own answers, does not count the prompt, and gives one response a request. */
export function answerOfGenerated({ generated_text: text, details }: Generated): Answer {
  const { tokens, finish_reason: reason } = details;
  const values = tokens.map(({ logprob }) => logprob);
  return {
    choices: [
      complete({
        text,
        tokens: tokens.map(({ id }) => id),
        pieces: tokens.map((token) => (token.special === true ? "" : token.text)),
        logProbabilities: values.includes(undefined) ? undefined : values.map((value) => value!),
        top: undefined,
        finish: reason === "length" ? "length" : reason === "stop_sequence" ? "stop" : "end",
      }),
    ],
    promptTokens: undefined,
    completionTokens: details.generated_tokens,
    model: undefined,
    fingerprint: undefined,
  };
}

function heading({
  model,
  system_fingerprint: fingerprint,
  usage,
}: Pick<Completion, "model" | "system_fingerprint" | "usage">) {
  return { promptTokens: usage?.prompt_tokens, completionTokens: usage?.completion_tokens, model, fingerprint };
}

type Listed = NonNullable<NonNullable<ChatCompletion["choices"][number]["logprobs"]>["content"]>;

function listed(content: Listed | undefined, ids: readonly number[] | undefined): Omit<Choice, "text" | "finish"> {
  const values = content?.map(({ logprob }) => logprob);
  const own = content?.map(({ id }) => id);
  return {
    // llama.cpp has the ids beside the log-probabilities.
    tokens: ids ?? (own === undefined || own.includes(undefined) ? undefined : own.map((id) => id!)),
    pieces: piecesOf(content),
    logProbabilities: values === undefined || values.includes(undefined) ? undefined : values.map((value) => value!),
    top: content?.map(
      ({ top_logprobs: top = [] }) => new Map(top.map(({ token, logprob }) => [token, logprob ?? Number.NaN])),
    ),
  };
}

function piecesOf(content: Listed | undefined): (string | Uint8Array)[] | undefined {
  return content?.map(({ token, bytes }) => (bytes === undefined ? token : Uint8Array.from(bytes)));
}

/** Lists that do not belong together say nothing. */
function complete(choice: Choice): Choice {
  const { tokens, pieces, logProbabilities, top } = choice;
  const length = tokens?.length ?? logProbabilities?.length;
  const fits = <T extends { readonly length: number }>(list: T | undefined) =>
    list?.length === length ? list : undefined;
  return { ...choice, pieces: fits(pieces), logProbabilities: fits(logProbabilities), top: fits(top) };
}

function inOrder<T extends { readonly index?: number | undefined }>(choices: readonly T[]): T[] {
  return choices.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
}

function finishOf(
  {
    finish_reason: reason,
    stop_reason: stopped,
    matched_stop: matched,
  }: Completion["choices"][number] | ChatCompletion["choices"][number],
  pieces: readonly (string | Uint8Array)[] | undefined,
  stop: readonly string[],
): FinishReason {
  if (reason === "length") return "length";
  if (typeof stopped === "string" || (typeof matched === "string" && stop.includes(matched))) return "stop";
  // Servers that say nothing but `stop`: a stop string that was met lies within the tokens, though not in the text.
  if (stop.length === 0 || pieces === undefined) return "end";
  const text = joinPieces(pieces);
  return stop.some((one) => text.includes(one)) ? "stop" : "end";
}

/** The text of pieces one after another; what is no UTF-8 even then becomes U+FFFD. */
export function joinPieces(pieces: readonly (string | Uint8Array)[]): string {
  return Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece))).toString(
    "utf8",
  );
}
