import { createHash } from "node:crypto";
import type { ChatMessage, LanguageModel } from "@touchstone/core";
import { drawFrom } from "../openai/forms.ts";
import type { ServedLanguageModel } from "../openai/language-model.ts";

/** How probable a model finds each of some short answers. */
export interface Verdict {
  /** In the order of the answers, each in [0, 1]; all NaN where the model gave none of them and nothing can be said. */
  readonly probabilities: readonly number[];
  /** Tokens that the model processed: prompts and answers. */
  readonly tokens: number;
}

type Conversation = readonly ChatMessage[];
interface Asking {
  readonly signal?: AbortSignal | undefined;
}

/** Answers drawn for a model that says no log-probabilities. */
const VOTES = 8;
const VOTE = { temperature: 1, topK: 0, topP: 1, maxTokens: 8, stop: [] };

/**
 * Probabilities of the given answers to each prompt, by the best way that the model allows: from the log-probabilities of the most
 * probable first tokens that a server lists (an answer that is not among them has probability 0; where none is, the next way is tried);
 * else from the log-probability of each answer as a response; else from the shares of drawn answers that begin with one.
 */
export async function readVerdicts(
  model: LanguageModel,
  prompts: readonly Conversation[],
  answers: readonly string[],
  { signal }: Asking,
): Promise<readonly Verdict[]> {
  const asking = signal ? { signal } : {};
  const verdicts =
    isServed(model) && model.report.logProbabilities.top > 0 ? await listed(model, prompts, answers, asking) : [];
  const open = prompts.flatMap((_, i) => (Number.isNaN(verdicts[i]?.probabilities[0] ?? Number.NaN) ? [i] : []));
  const rest = open.map((i) => prompts[i]!);
  const scores = model.capabilities?.score !== false;
  const found = rest.length === 0 ? [] : await (scores ? scored : drawn)(model, rest, answers, asking);
  const all = [...verdicts];
  for (const [at, i] of open.entries()) {
    all[i] = { ...found[at]!, tokens: found[at]!.tokens + (verdicts[i]?.tokens ?? 0) };
  }
  return all;
}

function isServed(model: LanguageModel): model is ServedLanguageModel {
  return "report" in model && "client" in model;
}

async function listed(
  { client, report }: ServedLanguageModel,
  prompts: readonly Conversation[],
  answers: readonly string[],
  { signal }: Asking,
): Promise<Verdict[]> {
  const request = { temperature: 1, topK: 0, topP: 1, stop: [], n: 1, maxTokens: 1, top: report.logProbabilities.top };
  return Promise.all(
    prompts.map(async (messages) => {
      const prompt = { messages, tokens: undefined, text: undefined };
      const answer = await drawFrom(client, { ...report, form: "chat" }, { ...request, prompt }, { signal });
      const tokens = (answer.promptTokens ?? 0) + (answer.completionTokens ?? 0);
      const top = [...(answer.choices[0]?.top?.[0] ?? [])];
      const probabilities = answers.map((wanted) =>
        // ` Yes` and `Yes` are two tokens and one answer.
        top.reduce((sum, [piece, value]) => (piece.trim() === wanted ? sum + Math.exp(value) : sum), 0),
      );
      const none = probabilities.every((p) => p === 0);
      return { probabilities: none ? answers.map(() => Number.NaN) : probabilities, tokens };
    }),
  );
}

async function scored(
  model: LanguageModel,
  prompts: readonly Conversation[],
  answers: readonly string[],
  asking: { readonly signal?: AbortSignal },
): Promise<Verdict[]> {
  const pairs = prompts.flatMap((messages) => answers.map((text) => ({ messages, response: { text, partial: true } })));
  const statistics = await model.score(pairs, asking);
  return prompts.map((messages, i) => {
    const own = answers.map((_, j) => statistics[i * answers.length + j]!.logProbability);
    const prompt = model.promptLength(messages);
    return {
      probabilities: own.map((values) => Math.exp(values.reduce((sum, value) => sum + value, 0))),
      tokens: own.reduce((sum, { length }) => sum + length + (Number.isNaN(prompt) ? 0 : prompt), 0),
    };
  });
}

async function drawn(
  model: LanguageModel,
  prompts: readonly Conversation[],
  answers: readonly string[],
  asking: { readonly signal?: AbortSignal },
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const requests = prompts.map((messages) => {
    return { problem: { id: conversationKey(messages), messages }, first: 0, count: VOTES, seed: 0, decoding: VOTE };
  });
  const counts = prompts.map(() => answers.map(() => 0));
  const tokens = prompts.map(() => 0);
  for await (const { request, promptTokens, samples } of model.sample(requests, asking)) {
    for (const { index, text, tokens: own } of samples) {
      tokens[request]! += promptTokens + own.length;
      const at = index < VOTES ? answerIn(text, answers) : -1;
      if (at >= 0) counts[request]![at]!++;
    }
  }
  for (const [i, own] of counts.entries()) {
    const known = own.reduce((sum, count) => sum + count, 0);
    verdicts.push({
      probabilities: own.map((count) => (known === 0 ? Number.NaN : count / known)),
      tokens: tokens[i]!,
    });
  }
  return verdicts;
}

/** Which answer a text begins with, as a word of its own and in its own case; −1: none. */
export function answerIn(text: string, answers: readonly string[]): number {
  const word = /^\W*(\w+)/.exec(text)?.[1];
  return word === undefined ? -1 : answers.indexOf(word);
}

/** Names a conversation, so that what is drawn for it depends on nothing else. */
export function conversationKey(messages: Conversation): string {
  return createHash("sha256").update(JSON.stringify(messages)).digest("hex");
}
