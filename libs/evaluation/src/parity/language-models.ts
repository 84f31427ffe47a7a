import {
  decodingId,
  throwIfInterrupted,
  TouchstoneError,
  type LanguageModel,
  type Pair,
  type TokenStatistics,
} from "@touchstone/core";
import { mean } from "@touchstone/stats";
import type { ProblemPool, SampleTokens } from "../columns.ts";
import { drawsOf, type Draw } from "../draws.ts";
import { fill } from "../fill.ts";
import { loadProblems } from "../columns.ts";
import type { WorkOptions } from "../progress.ts";
import { rewardScales } from "../reward-scale.ts";
import type { RunSetting } from "../setting.ts";
import { agreementMeasures, drawn } from "./agreement.ts";
import { decisionOptions, powerRow, selectorRows } from "./decisions.ts";
import type { Twin } from "./flips.ts";
import { byPosition, correlationMeasure, differenceMeasures, divergenceMeasures } from "./measures.ts";
import type { Measure, Parity, SequenceRow } from "./parity.ts";

/** Responses that both backends score in one call. */
const RESPONSES_A_CALL = 256;

/**
 * Two backends of one language model on the responses of the first. The setting's suite names one model, which is A, one dataset, one
 * decoding and seed; its methods decide, its budgets are the sizes of the subsets, its pool size the responses per problem. A's
 * responses come from the pool, and are drawn where it lacks them; both backends then score all of them anew, so that what is compared is
 * one way of computing.
 * @throws TouchstoneError `cannot-score` where one of them gives no log-probabilities of given responses
 */
export async function parityOfLanguageModels(
  setting: RunSetting,
  b: LanguageModel,
  options: WorkOptions = {},
): Promise<Parity> {
  const draw = onlyDraw(setting);
  const a = draw.model;
  for (const model of [a, b]) if (model.capabilities?.score === false) throw cannotScore(model);
  await fill(setting, options);
  const { signal } = options;
  throwIfInterrupted(signal, "comparing backends");
  const pools = await loadProblems(
    setting.pool,
    { ...draw, reads: { ...draw.reads, tokenStatistics: true } },
    draw.problems,
    await rewardScales(setting.pool, draw),
  );
  const sameTokens = await readsSameTokens(a, b, draw, signal);
  const onA = await scoredBy(a, draw, pools, true, signal);
  const onB = await scoredBy(b, draw, pools, sameTokens, signal);
  const responses = pools.flatMap((pool, p) => {
    const { cluster } = draw.problems[p]!;
    return Array.from({ length: pool.size }, (_, s) => responseOf(pool, s, cluster, onA[p]![s]!, onB[p]![s]!));
  });
  const clusters = responses.map(({ cluster }) => cluster);
  const byToken = responses.filter(({ differences }) => differences !== undefined);
  const tokenDifferences = byToken.map(({ differences }) => differences!);
  const tokenClusters = byToken.flatMap(({ cluster, differences }) => differences!.map(() => cluster));
  const difference = responses.map(({ a: x, b: y }) => y - x);
  const drawnAgain = byToken.flatMap(({ drawnDifferences }) => drawnDifferences);
  const remarks: string[] = [];
  const uncounted = responses.length - byToken.length;
  if (uncounted > 0) {
    remarks.push(
      `${uncounted} of ${responses.length} responses are cut into other tokens by the two backends: compared as a whole only.`,
    );
  }
  const measures: Measure[] = [
    ...differenceMeasures("token-difference", "nats", tokenDifferences.flat(), tokenClusters),
    ...differenceMeasures("token-difference-drawing-scoring", "nats", drawnAgain, tokenClusters),
    ...differenceMeasures("sequence-difference", "nats", difference, clusters),
    correlationMeasure(
      "sequence-log-probability",
      responses.map((response) => response.a),
      responses.map((response) => response.b),
    ),
    ...divergenceMeasures(
      tokenDifferences,
      responses.map(({ differences }, i) => (differences ? difference[i]! : Number.NaN)),
      clusters,
    ).slice(0, tokenDifferences.length > 0 ? 2 : 0),
  ];
  if (draw.decoding.temperature !== 1 || draw.decoding.topK !== 0 || draw.decoding.topP !== 1)
    remarks.push(
      "The responses were not drawn at temperature 1 without truncation: kl is an average over them, no divergence.",
    );
  measures.push(...(await agreement(draw, b, sameTokens, pools, remarks, signal)));
  const full = (onB[0]?.[0]?.entropy.length ?? 0) > 0 && !onB.flat().some((s) => s.entropy.some(Number.isNaN));
  if (!full) remarks.push("B says log-probabilities only: entropy and self-certainty stay A's in the decisions.");
  const twins = pools.map((pool, p): Twin => ({
    a: withStatistics(pool, onA[p]!, true),
    b: withStatistics(pool, onB[p]!, full),
  }));
  return {
    kind: "language-models",
    a: a.identity,
    b: b.identity,
    ...placeOf(draw),
    measures,
    positions: byPosition(tokenDifferences),
    decisions: [...selectorRows(twins, decisionOptions(setting, draw)), powerRow(twins)],
    sequences: responses.map(({ problem, sample, tokens, a: x, b: y }): SequenceRow => {
      return { problem, sample, tokens, a: x, b: y };
    }),
    remarks,
  };
}

/**
 * Whether B can be given A's tokens: tokenizer and template are the same files, or, where a server does not show its files, all prompts are as
 * many tokens. Tokens of another vocabulary would be seen by differences of many nats.
 */
async function readsSameTokens(
  a: LanguageModel,
  b: LanguageModel,
  { problems }: Draw,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (a.identity.templateHash === b.identity.templateHash) return true;
  if (a.capabilities?.tokens === false || b.capabilities?.tokens === false) return false;
  const prompts = problems.map(({ messages }) => messages);
  for (const model of [a, b]) await model.readPrompts?.(prompts, signal ? { signal } : {});
  return prompts.every((messages) => a.promptLength(messages) === b.promptLength(messages));
}

/** The suite's own draw; the models of a comparison have one. */
export function onlyDraw(setting: RunSetting): Draw {
  const draws = drawsOf(setting).filter(({ variant }) => !variant);
  if (draws.length !== 1) throw new Error(`a comparison of backends is of one draw, received ${draws.length}`);
  return draws[0]!;
}

export function placeOf(draw: Draw) {
  return {
    dataset: draw.dataset.name,
    split: draw.split,
    decoding: decodingId(draw.key.decoding),
    problems: draw.problems.length,
    samples: draw.count,
    policy: draw.model.identity.name,
  };
}

/** By problem and sample. `tokens`: the model reads the tokens that A drew; else the text, by its own tokenizer. */
async function scoredBy(
  model: LanguageModel,
  { problems }: Draw,
  pools: readonly ProblemPool[],
  tokens: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly TokenStatistics[])[]> {
  const pairs = pools.flatMap((pool, p) =>
    Array.from({ length: pool.size }, (_, s): Pair => ({
      messages: problems[p]!.messages,
      response: tokens
        ? { text: pool.text[s]!, tokens: pool.byToken![s]!.tokens }
        : { text: pool.text[s]!, partial: pool.finish[s] !== "end" },
    })),
  );
  const scored: TokenStatistics[] = [];
  for (let start = 0; start < pairs.length; start += RESPONSES_A_CALL) {
    throwIfInterrupted(signal, "comparing backends");
    scored.push(...(await model.score(pairs.slice(start, start + RESPONSES_A_CALL), signal ? { signal } : {})));
  }
  let at = 0;
  return pools.map(({ size }) => scored.slice(at, (at += size)));
}

function responseOf(pool: ProblemPool, sample: number, cluster: string, a: TokenStatistics, b: TokenStatistics) {
  const [x, y] = [a.logProbability, b.logProbability];
  const own = pool.byToken![sample]!.statistics.logProbability;
  const same = x.length === y.length && x.length === own.length;
  return {
    problem: pool.view.id,
    sample,
    cluster,
    tokens: x.length,
    a: sum(x),
    b: sum(y),
    differences: same ? Array.from(x, (value, t) => y[t]! - value) : undefined,
    drawnDifferences: same ? Array.from(x, (value, t) => own[t]! - value) : [],
  };
}

/** The samples with numbers of the given statistics in place of those they were drawn with. */
function withStatistics(pool: ProblemPool, statistics: readonly TokenStatistics[], full: boolean): ProblemPool {
  const meanOf = (name: "entropy" | "selfCertainty" | "gini") =>
    full ? Float64Array.from(statistics, (one) => mean(one[name])) : pool[name];
  const byToken = pool.byToken?.map((one, s): SampleTokens => ({
    tokens: one.tokens,
    statistics: full ? statistics[s]! : one.statistics,
  }));
  return {
    ...pool,
    logProbability: Float64Array.from(statistics, (one) => sum(one.logProbability)),
    entropy: meanOf("entropy"),
    selfCertainty: meanOf("selfCertainty"),
    gini: meanOf("gini"),
    byToken,
  };
}

async function agreement(
  draw: Draw,
  b: LanguageModel,
  sameTokens: boolean,
  pools: readonly ProblemPool[],
  remarks: string[],
  signal: AbortSignal | undefined,
): Promise<Measure[]> {
  const { model: a, problems, seed, key } = draw;
  const clusters = problems.map(({ cluster }) => cluster);
  const greedy = { ...key.decoding, temperature: 0, topK: 0, topP: 1 };
  const one = { count: 1, seed, signal };
  const byToken = sameTokens && a.capabilities?.tokens !== false && b.capabilities?.tokens !== false;
  const [first, second] = [await drawn(a, problems, greedy, one), await drawn(b, problems, greedy, one)];
  const measures = agreementMeasures("greedy", first, second, clusters, byToken);
  if (a.identity.provider === "server" || b.identity.provider === "server") {
    remarks.push("A server draws by randomness of its own: only greedy responses are compared.");
    return measures;
  }
  const again = await drawn(b, problems, key.decoding, { count: draw.count, seed, signal });
  const pooled = pools.map((pool) =>
    pool.byToken!.map(({ tokens, statistics }, index) => ({
      index,
      tokens,
      prefixLength: 0,
      text: pool.text[index]!,
      finish: pool.finish[index]!,
      statistics,
    })),
  );
  return [...measures, ...agreementMeasures("drawn", pooled, again, clusters, byToken)];
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function cannotScore({ identity }: LanguageModel): TouchstoneError {
  return new TouchstoneError({
    code: "missing-capability",
    family: "usage",
    what: "This backend gives no log-probabilities of given responses, so there is nothing to compare.",
    value: identity.name,
    fix: "Take one that can score (`./touchstone doctor --backend <url>` shows it), or compare results of two runs.",
  });
}
