import type {
  Decoding,
  LanguageModel,
  ModelCapabilities,
  Sample,
  SampleBatch,
  SampleOptions,
  SampleRequest,
  TokenStatistics,
} from "@touchstone/core";
import { findingOf, type Finding, type Violation } from "./violation.ts";

export interface LanguageModelContractOptions {
  /** Two prompts that the model can read. */
  readonly prompts?: readonly [string, string];
  /** Cap of a response; enough that responses differ. Default 12. */
  readonly maxTokens?: number;
  /** Largest difference between two computations of one log-probability, nats. Default 1e-3. */
  readonly tolerance?: number;
}

export interface LanguageModelTrial extends Required<LanguageModelContractOptions> {
  readonly model: LanguageModel;
  /** What it can do; everything where it does not say. */
  readonly can: ModelCapabilities;
}

const EVERYTHING: ModelCapabilities = {
  continuation: true,
  score: true,
  embed: true,
  tokenStatistics: "full",
  seeds: true,
  tokens: true,
};

/** Fills in the defaults of the trial. */
export function languageModelTrial(
  model: LanguageModel,
  options: LanguageModelContractOptions = {},
): LanguageModelTrial {
  return {
    model,
    can: model.capabilities ?? EVERYTHING,
    prompts: options.prompts ?? ["What is 12 plus 7?", "What is 31 minus 4?"],
    maxTokens: options.maxTokens ?? 12,
    tolerance: options.tolerance ?? 1e-3,
  };
}

/** The laws of a backend by name; each says what it saw where it is broken. A law of what it says it cannot do holds by refusing. */
export const LANGUAGE_MODEL_LAWS = {
  "says what it is, and stays that": saysWhatItIs,
  "draws every sample that was asked for, of the request that asked": drawsWhatWasAsked,
  "keeps the cap, and says how a response ended": keepsTheCap,
  "ends before a stop string": endsBeforeStops,
  "states the statistics that it says it has, for every drawn token": statesStatistics,
  "draws the same again, and something else under another seed or index": drawsTheSameAgain,
  "draws at temperature zero what is most probable": greedyIsGreedy,
  "continues a response from its first tokens": continuesPrefixes,
  "scores what it drew as it drew it": scoresAsItDrew,
  "embeds every prompt in as many numbers": embedsPrompts,
  "finds where lines end": findsLineEnds,
  "stops when it is told to": stopsWhenTold,
} satisfies Record<string, (trial: LanguageModelTrial) => Promise<Finding>>;

export type LanguageModelLaw = keyof typeof LANGUAGE_MODEL_LAWS;

/** Tries every law; an empty list means that the backend keeps the contract. Does not close the model. */
export async function checkLanguageModel(
  model: LanguageModel,
  options: LanguageModelContractOptions = {},
): Promise<Violation<LanguageModelLaw>[]> {
  const trial = languageModelTrial(model, options);
  const violations: Violation<LanguageModelLaw>[] = [];
  for (const law of Object.keys(LANGUAGE_MODEL_LAWS) as LanguageModelLaw[]) {
    const detail = await findingOf(() => LANGUAGE_MODEL_LAWS[law](trial));
    if (detail !== undefined) violations.push({ law, detail });
  }
  return violations;
}

function asked(
  { prompts, maxTokens }: LanguageModelTrial,
  { prompt = 0, ...over }: Partial<SampleRequest> & { readonly prompt?: 0 | 1; readonly with?: Partial<Decoding> } = {},
): SampleRequest {
  const { with: changes, ...request } = over;
  const decoding: Decoding = { temperature: 1, topK: 0, topP: 1, maxTokens, stop: [], ...changes };
  const problem = { id: `contract ${prompt}`, messages: [{ role: "user" as const, content: prompts[prompt] }] };
  return { problem, first: 0, count: 4, seed: 5, decoding, ...request };
}

async function batchesOf({ model }: LanguageModelTrial, requests: readonly SampleRequest[], options?: SampleOptions) {
  const batches: SampleBatch[] = [];
  for await (const batch of model.sample(requests, options)) batches.push(batch);
  return batches;
}

/** The samples that were asked for, in order; surplus rows of a tile are left out. */
async function draw(trial: LanguageModelTrial, request: SampleRequest): Promise<Sample[]> {
  const samples = (await batchesOf(trial, [request])).flatMap((batch) => batch.samples);
  const wanted = ({ index }: Sample) => index >= request.first && index < request.first + request.count;
  return samples.filter(wanted).toSorted((a, b) => a.index - b.index);
}

async function saysWhatItIs(trial: LanguageModelTrial): Promise<Finding> {
  const before = JSON.stringify(trial.model.identity);
  const { identity, size } = trial.model;
  for (const key of ["name", "revision", "dtype", "templateHash", "provider", "runtime"] as const)
    if (!identity[key]) return `identity.${key} is ${JSON.stringify(identity[key])}`;
  if (!Number.isInteger(identity.tile) || identity.tile < 1) return `identity.tile is ${identity.tile}`;
  // NaN: not known. Zero would make every token free.
  for (const key of ["total", "active"] as const) if (size[key] <= 0) return `size.${key} is ${size[key]}`;
  await draw(trial, asked(trial));
  return JSON.stringify(trial.model.identity) === before ? undefined : "its identity changed by drawing";
}

async function drawsWhatWasAsked(trial: LanguageModelTrial): Promise<Finding> {
  const requests = [
    asked(trial, { count: 3 }),
    asked(trial, { prompt: 1, count: 2, first: trial.model.identity.tile }),
  ];
  const batches = await batchesOf(trial, requests);
  for (const [i, { first, count, problem }] of requests.entries()) {
    const own = batches.filter((batch) => batch.request === i);
    const indexes = own.flatMap(({ samples }) => samples.map(({ index }) => index)).toSorted((a, b) => a - b);
    for (let index = first; index < first + count; index++) {
      const times = indexes.filter((found) => found === index).length;
      if (times !== 1) return `request ${i} asked for sample ${index} once and got it ${times} times`;
    }
    const length = trial.model.promptLength(problem.messages);
    const wrong = own.find(
      ({ promptTokens }) => promptTokens !== length && !(Number.isNaN(promptTokens) || Number.isNaN(length)),
    );
    if (wrong) return `a batch says that its prompt has ${wrong.promptTokens} tokens, promptLength says ${length}`;
  }
  const stray = batches.find(({ request }) => requests[request] === undefined);
  return stray && `a batch is of request ${stray.request}, and there are ${requests.length}`;
}

async function keepsTheCap(trial: LanguageModelTrial): Promise<Finding> {
  // Short, so that responses reach it.
  const cap = Math.min(3, trial.maxTokens);
  for (const sample of await draw(trial, asked(trial, { count: 8, with: { maxTokens: cap } }))) {
    const { length } = sample.tokens;
    if (length === 0 || length > cap) return `a response has ${length} tokens under a cap of ${cap}`;
    if (sample.finish === "length" && length < cap) return `a response of ${length} tokens says it was cut at ${cap}`;
    if (sample.finish === "stop") return "a response says that a stop string ended it, and none was given";
    if (sample.prefixLength !== 0)
      return `a response without a prefix says that ${sample.prefixLength} tokens were given`;
  }
  return undefined;
}

async function endsBeforeStops(trial: LanguageModelTrial): Promise<Finding> {
  const [free] = await draw(trial, asked(trial, { count: 1 }));
  const stop = free!.text.slice(0, -1).trim().at(-1);
  if (stop === undefined) return undefined;
  const stopped = await draw(trial, asked(trial, { count: 4, with: { stop: [stop] } }));
  const wrong = stopped.find(({ text }) => text.includes(stop));
  if (wrong) return `${JSON.stringify(wrong.text)} goes on after the stop string ${JSON.stringify(stop)}`;
  // The same randomness leads to the same beginning, which holds it.
  if (!trial.can.seeds || stopped[0]!.finish === "stop") return undefined;
  return `a response that a stop string cut ends by ${stopped[0]!.finish}`;
}

async function statesStatistics(trial: LanguageModelTrial): Promise<Finding> {
  const stated = trial.can.tokenStatistics;
  const full: readonly (keyof TokenStatistics)[] = ["entropy", "selfCertainty", "gini", "topConfidence"];
  const logs: readonly (keyof TokenStatistics)[] = ["logProbability", "decodingLogProbability"];
  // A server that tells log-probabilities of one law knows them at temperature 1 alone.
  const temperature = stated === "full" ? 0.7 : 1;
  for (const { tokens, statistics } of await draw(trial, asked(trial, { with: { temperature } }))) {
    for (const key of [...logs, ...full]) {
      const values = statistics[key];
      if (values.length !== tokens.length) return `${key} has ${values.length} numbers for ${tokens.length} tokens`;
      const known = stated === "full" || (stated === "top-k" && logs.includes(key));
      const absent = values.findIndex((value) => Number.isFinite(value) !== known);
      if (known && absent >= 0) return `${key} of token ${absent} is ${values[absent]}`;
      if (!known && absent >= 0 && full.includes(key))
        return `${key} is made up: the model says that it has ${stated} statistics`;
    }
    const impossible = statistics.logProbability.find((value) => value > 1e-4);
    if (impossible !== undefined) return `a token has the log-probability ${impossible}`;
  }
  return undefined;
}

async function drawsTheSameAgain(trial: LanguageModelTrial): Promise<Finding> {
  if (!trial.can.seeds) return undefined;
  const request = asked(trial, { count: 8 });
  const texts = async (of: SampleRequest) => (await draw(trial, of)).map(({ text }) => text);
  const first = await texts(request);
  if (JSON.stringify(await texts(request)) !== JSON.stringify(first))
    return "the same request draws something else the second time";
  if (new Set(first).size === 1) return `samples 0 to 7 are all ${JSON.stringify(first[0])}`;
  const other = await texts({ ...request, seed: request.seed + 1 });
  return JSON.stringify(other) === JSON.stringify(first) ? "another seed draws the same" : undefined;
}

async function greedyIsGreedy(trial: LanguageModelTrial): Promise<Finding> {
  const texts = await Promise.all(
    [1, 2].map(
      async (seed) => (await draw(trial, asked(trial, { count: 1, seed, with: { temperature: 0 } })))[0]!.text,
    ),
  );
  return texts[0] === texts[1]
    ? undefined
    : `two seeds give ${texts.map((text) => JSON.stringify(text)).join(" and ")}`;
}

async function continuesPrefixes(trial: LanguageModelTrial): Promise<Finding> {
  const [whole] = await draw(trial, asked(trial, { count: 1 }));
  const prefix = whole!.tokens.slice(0, Math.max(1, Math.floor(whole!.tokens.length / 2)));
  const request = asked(trial, { count: 2, prefix, step: 1 });
  if (!trial.can.continuation || !trial.can.tokens) return refuses(async () => draw(trial, request));
  for (const { tokens, prefixLength, statistics } of await draw(trial, request)) {
    if (prefixLength !== prefix.length)
      return `a continuation of ${prefix.length} tokens says that ${prefixLength} were given`;
    if (prefix.some((token, i) => tokens[i] !== token)) return "a continuation does not begin with its prefix";
    if (tokens.length > trial.maxTokens)
      return `a continuation has ${tokens.length} tokens under a cap of ${trial.maxTokens}`;
    const { length } = statistics.logProbability;
    if (length !== tokens.length - prefixLength)
      return `${length} statistics for ${tokens.length - prefixLength} drawn tokens`;
  }
  return undefined;
}

async function scoresAsItDrew(trial: LanguageModelTrial): Promise<Finding> {
  const request = asked(trial);
  const drawn = await draw(trial, request);
  const pairs = drawn.map(({ text, tokens }) => ({ messages: request.problem.messages, response: { text, tokens } }));
  if (!trial.can.score) return refuses(() => trial.model.score(pairs));
  const scored = await trial.model.score(pairs);
  for (const [i, { statistics }] of drawn.entries()) {
    const apart = statistics.logProbability.findIndex(
      (value, t) => !(Math.abs(value - scored[i]!.logProbability[t]!) <= trial.tolerance),
    );
    if (apart < 0) continue;
    const [a, b] = [statistics.logProbability[apart], scored[i]!.logProbability[apart]];
    return `token ${apart} of sample ${i} was drawn with log-probability ${a} and is scored ${b}`;
  }
  return undefined;
}

async function embedsPrompts(trial: LanguageModelTrial): Promise<Finding> {
  const prompts = [asked(trial), asked(trial, { prompt: 1 })].map(({ problem }) => problem.messages);
  if (!trial.can.embed) return refuses(() => trial.model.embed(prompts));
  const [a, b] = (await trial.model.embed(prompts)) as [Float32Array, Float32Array];
  if (a.length === 0 || a.length !== b.length) return `two prompts are embedded in ${a.length} and ${b.length} numbers`;
  return [...a, ...b].every(Number.isFinite) ? undefined : "an embedding has numbers that are not finite";
}

async function findsLineEnds(trial: LanguageModelTrial): Promise<Finding> {
  const [sample] = await draw(trial, asked(trial, { count: 1 }));
  const delimiter = sample!.text.trim().at(0);
  if (delimiter === undefined || !trial.can.tokens) return undefined;
  const ends = Array.from(trial.model.lineEnds(sample!.tokens, delimiter));
  if (ends.some((end, i) => end < 1 || end > sample!.tokens.length || end <= (ends[i - 1] ?? 0)))
    return `lines end at [${ends.join(", ")}] of ${sample!.tokens.length} tokens`;
  return ends.length === 0
    ? `no line ends with ${JSON.stringify(delimiter)} in ${JSON.stringify(sample!.text)}`
    : undefined;
}

async function stopsWhenTold(trial: LanguageModelTrial): Promise<Finding> {
  const signal = AbortSignal.abort(new Error("told to stop"));
  try {
    await batchesOf(trial, [asked(trial)], { signal });
  } catch {
    return undefined;
  }
  return "it draws on after its signal";
}

/** What a model says it cannot do, it does not do by halves. */
async function refuses(act: () => Promise<unknown>): Promise<Finding> {
  try {
    await act();
  } catch {
    return undefined;
  }
  return "it says that it cannot, and does it all the same";
}
