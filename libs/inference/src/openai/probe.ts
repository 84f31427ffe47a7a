import type { ModelCapabilities } from "@touchstone/core";
import type { Answer } from "./choice.ts";
import { drawFrom, scorePrompt, type DrawRequest, type Prompt, type RequestForm, type Target } from "./forms.ts";
import { answersAt, identifyServer, maybe, type ServerIdentity } from "./identify.ts";
import { detokenize, promptOf } from "./prompts.ts";
import type { AskOptions, ServerClient } from "./server-client.ts";
import { otherModel, unknownServedModel } from "./server-errors.ts";

/**
 * Which law a server's log-probabilities are of: `raw`: temperature 1 without truncation; `tempered`: the decoding's temperature
 * without truncation; `decoding`: the law that tokens are drawn by. `unknown` where that could not be seen.
 */
export type LogProbabilityLaw = "raw" | "tempered" | "decoding" | "unknown";

/** What tiny requests have shown that a model of a server can do. */
export interface ServerReport extends ServerIdentity {
  readonly url: string;
  readonly model: string;
  /** The name under which it answers. */
  readonly answersAs: string | undefined;
  readonly fingerprint: string | undefined;
  readonly form: RequestForm;
  readonly chat: boolean;
  readonly completions: boolean;
  /** Several responses a request. */
  readonly n: boolean;
  /** The same seed gave the same response, and other seeds others. */
  readonly seeds: boolean;
  readonly stop: boolean;
  readonly logProbabilities: {
    readonly chosen: boolean;
    /** Most probable tokens that come along at each, of 20, 5, 1 or none that were asked for. */
    readonly top: number;
    readonly law: LogProbabilityLaw;
  };
  readonly promptLogProbabilities: boolean;
  readonly tokenIds: boolean;
  /** Prompts may be given as token ids. */
  readonly tokenPrompts: boolean;
  /** How a response is continued. */
  readonly continuation: RequestForm | "none";
  readonly usage: boolean;
  readonly detokenize: boolean;
  /** A conversation as this server's template makes it. */
  readonly sample: Prompt;
  readonly capabilities: ModelCapabilities;
}

/** Endpoints of models that do not generate, and of scoring; none is needed to draw. */
export const OTHER_ENDPOINTS = ["classify", "pooling", "score", "rerank", "embeddings"] as const;
export type OtherEndpoint = (typeof OTHER_ENDPOINTS)[number];

const MESSAGES = [{ role: "user", content: "What is 2 plus 3?" }] as const;
const PLAIN = { temperature: 1, topK: 0, topP: 1, stop: [] } as const;

/**
 * Looks at what a model of a server can do, by about 20 requests of a few tokens each.
 * @throws TouchstoneError `unknown-served-model`, `server-other-model`, and those of the client
 */
export async function probeModel(client: ServerClient, model: string, ask: AskOptions = {}): Promise<ServerReport> {
  const identity = await identifyServer(client, ask);
  const listed = identity.models.find(({ id }) => id === model);
  if (!listed) {
    throw unknownServedModel(
      model,
      identity.models.map(({ id }) => id),
      client.url,
    );
  }
  const { kind } = identity;
  const tried = { ...ask, retries: Math.min(ask.retries ?? 2, 2) };
  const draw = (form: RequestForm, prompt: Prompt, wanted: Partial<DrawRequest>): Promise<Answer> =>
    drawFrom(client, { kind, model, form }, { ...PLAIN, prompt, n: 1, maxTokens: 4, ...wanted }, tried);

  const sample = (await maybe(promptOf(client, { kind, model }, MESSAGES, tried))) ?? {
    messages: MESSAGES,
    tokens: undefined,
    text: undefined,
  };
  const [chatAnswer, idsAnswer, textAnswer] = [
    (await maybe(draw("chat", sample, {}))) ?? (await maybe(draw("chat", sample, { top: "none" }))),
    sample.tokens && kind !== "tgi" ? await maybe(draw("tokens", sample, {})) : undefined,
    sample.text === undefined ? undefined : await maybe(draw("text", sample, {})),
  ];
  const tokenPrompts = idsAnswer?.choices[0]?.tokens !== undefined;
  const form: RequestForm = tokenPrompts ? "tokens" : textAnswer?.choices[0]?.tokens ? "text" : "chat";
  const answer = form === "tokens" ? idsAnswer : form === "text" ? textAnswer : chatAnswer;
  if (answer === undefined) {
    // Said in the server's own words.
    await draw(form, sample, { top: "none" });
    throw new Error("a model answered where it had not before");
  }
  const answersAs = answer.model ?? chatAnswer?.model;
  checkName(model, answersAs, [listed.root], client.url);

  const target: Target = { kind, model, form };
  const again = (wanted: Partial<DrawRequest>) => maybe(draw(form, sample, wanted));
  const chosen = answer.choices[0]?.logProbabilities !== undefined;
  const tokenIds = answer.choices[0]?.tokens !== undefined;
  const top = chosen ? await mostTop(again) : 0;
  const report = {
    ...identity,
    url: client.url,
    model,
    answersAs,
    fingerprint: answer.fingerprint ?? chatAnswer?.fingerprint,
    form,
    chat: chatAnswer !== undefined,
    completions:
      idsAnswer !== undefined ||
      textAnswer !== undefined ||
      (await maybe(draw("text", { ...sample, text: "2" }, {}))) !== undefined,
    n: ((await again({ n: 2 }))?.choices.length ?? 0) === 2,
    seeds: await honoursSeeds(again),
    stop: await honoursStop(again),
    logProbabilities: { chosen, top, law: chosen ? await lawOf(again, top) : ("unknown" as const) },
    promptLogProbabilities:
      sample.tokens !== undefined &&
      (await maybe(scorePrompt(client, target, { tokens: sample.tokens, text: sample.text }, tried))) !== undefined,
    tokenIds,
    tokenPrompts,
    continuation: tokenIds ? await continuation(again, form) : ("none" as const),
    // TGI counts prompts in chats only.
    usage: (answer.promptTokens ?? chatAnswer?.promptTokens) !== undefined && answer.completionTokens !== undefined,
    detokenize:
      sample.tokens !== undefined &&
      (await maybe(detokenize(client, target, sample.tokens.slice(0, 1), tried))) !== undefined,
    sample,
    contextLength: listed.max_model_len ?? identity.contextLength ?? listed.meta?.n_ctx_train,
  };
  return {
    ...report,
    capabilities: {
      continuation: report.continuation !== "none",
      score: report.promptLogProbabilities,
      embed: false,
      tokenStatistics: chosen ? "top-k" : "none",
      seeds: report.seeds,
      tokens: tokenIds,
    },
  };
}

/** Which of the endpoints that are not needed to draw answer for a model. */
export async function probeEndpoints(
  client: ServerClient,
  model: string,
  ask: AskOptions = {},
): Promise<Readonly<Record<OtherEndpoint, boolean>>> {
  const input = "2";
  return {
    classify: await answersAt(client, "/classify", { model, input, text: input }, ask),
    pooling: await answersAt(client, "/pooling", { model, input }, ask),
    score: await answersAt(client, "/score", { model, text_1: input, text_2: input }, ask),
    rerank: await answersAt(client, "/v1/rerank", { model, query: input, documents: [input] }, ask),
    embeddings: await answersAt(client, "/v1/embeddings", { model, input }, ask),
  };
}

/** Aliases are no lies: a dated name of the one that was asked for, or the name of its weights. */
export function checkName(
  asked: string,
  answered: string | undefined,
  aliases: readonly (string | undefined)[],
  url: string,
): void {
  if (answered === undefined || answered === asked || aliases.includes(answered)) return;
  if (answered.startsWith(asked) && /^-\d{4}/.test(answered.slice(asked.length))) return;
  throw otherModel(asked, answered, url);
}

type Again = (wanted: Partial<DrawRequest>) => Promise<Answer | undefined>;

async function honoursSeeds(again: Again): Promise<boolean> {
  const responses = new Set<string>();
  // Hot and several, so that chance does not pass for it: twice each.
  for (const seed of [1, 2, 3, 4]) {
    const twice = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const choice = (await again({ seed, temperature: 2, maxTokens: 16 }))?.choices[0];
      if (!choice) return false;
      twice.add(JSON.stringify([choice.text, choice.tokens]));
    }
    if (twice.size > 1) return false;
    responses.add([...twice].join());
  }
  return responses.size > 1;
}

async function honoursStop(again: Again): Promise<boolean> {
  const whole = (await again({ temperature: 0, maxTokens: 8 }))?.choices[0]?.text ?? "";
  const middle = [...whole][Math.min(1, [...whole].length - 1)];
  if (middle === undefined) return false;
  const cut = (await again({ temperature: 0, maxTokens: 8, stop: [middle] }))?.choices[0]?.text;
  return cut === whole.slice(0, whole.indexOf(middle));
}

async function mostTop(again: Again): Promise<number> {
  for (const top of [20, 5, 1]) {
    const choice = (await again({ maxTokens: 1, top }))?.choices[0];
    const given = choice?.top?.[0]?.size ?? 0;
    // Some servers list the drawn token too, where it is not among the most probable ones.
    if (given >= top) return top;
    if (given > 0) return given;
  }
  return 0;
}

async function lawOf(again: Again, top: number): Promise<LogProbabilityLaw> {
  // TGI lists no others: its drawn token is the most probable one without randomness.
  const highest = async (wanted: Partial<DrawRequest>): Promise<number | undefined> => {
    const choice = (await again({ maxTokens: 1, top: Math.max(1, top), ...wanted }))?.choices[0];
    const listed = top > 0 ? choice?.top?.[0] : undefined;
    return listed && listed.size > 0 ? Math.max(...listed.values()) : undefined;
  };
  const [plain, hot, narrow] = [await highest({}), await highest({ temperature: 2 }), await highest({ topK: 1 })];
  if (plain === undefined || hot === undefined || narrow === undefined) return "unknown";
  // A model that is certain of its first token shows no difference.
  if (plain > -1e-3) return "unknown";
  const same = (a: number, b: number) => Math.abs(a - b) < 1e-3 + 1e-2 * Math.abs(a);
  if (same(plain, hot) && same(plain, narrow)) return "raw";
  return Math.abs(narrow) < 1e-3 ? "decoding" : "tempered";
}

async function continuation(again: Again, form: RequestForm): Promise<RequestForm | "none"> {
  const whole = (await again({ temperature: 0, maxTokens: 4 }))?.choices[0];
  const first = whole?.tokens?.[0];
  const piece = whole?.pieces?.[0];
  if (first === undefined || piece === undefined) return "none";
  const text = typeof piece === "string" ? piece : Buffer.from(piece).toString("utf8");
  const continued = (await again({ temperature: 0, maxTokens: 3, prefix: { tokens: [first], text } }))?.choices[0];
  if (continued?.tokens === undefined) return "none";
  // A last message of the assistant may also be taken for a finished one.
  return form === "chat" && continued.tokens.join() !== whole!.tokens!.slice(1).join() ? "none" : form;
}
