import { createHash } from "node:crypto";
import {
  canonicalJson,
  throwIfInterrupted,
  TouchstoneError,
  type LanguageModel,
  type Pair,
  type ProblemView,
} from "@touchstone/core";
import { clusteredMean, type MeanEstimate } from "@touchstone/stats";

/** A question with the answers that it lets a model choose from. */
export interface ScoredQuestion {
  readonly view: ProblemView;
  readonly choices: readonly string[];
}

/** What a model makes of one question's choices; kept, so that it is computed once. */
export interface QuestionScores {
  readonly problem: string;
  /** sha256 (hex) of prompt and choices: scores of a question that was changed are not taken for its own. */
  readonly content: string;
  /** Σ log p over the tokens of each choice, in nats. */
  readonly logLikelihoods: readonly number[];
  readonly tokens: readonly number[];
  readonly promptTokens: number;
}

export interface ScoringOptions {
  /** What was kept before. */
  readonly known: ReadonlyMap<string, QuestionScores>;
  /** Keeps scores before they count; called in order. */
  readonly keep: (scores: readonly QuestionScores[]) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Choices that are scored in one call of the model, about. */
const TOGETHER = 64;

/**
 * Log-likelihoods of every choice as the model's response, its end token not included, in the order of `questions`. Scores that
 * are `known` are not computed again; new ones are kept a few questions at a time, so that a stopped call continues. A question that
 * does not fit into the model's context has NaN in place of its scores. Throws
 * `missing-capability` where the model cannot score given responses.
 */
export async function scoreChoices(
  model: LanguageModel,
  questions: readonly ScoredQuestion[],
  { known, keep, signal, onProgress }: ScoringOptions,
): Promise<readonly QuestionScores[]> {
  if (model.capabilities?.score === false) throw cannotScore(model);
  const found = new Map<string, QuestionScores>();
  const open: ScoredQuestion[] = [];
  for (const question of questions) {
    const before = known.get(question.view.id);
    if (before?.content === contentOf(question)) found.set(question.view.id, before);
    else open.push(question);
  }
  for (let from = 0; from < open.length;) {
    throwIfInterrupted(signal, "scoring choices");
    let to = from;
    for (let pairs = 0; to < open.length && (to === from || pairs + open[to]!.choices.length <= TOGETHER); to++)
      pairs += open[to]!.choices.length;
    const scores = await fittingScores(model, open.slice(from, to), signal);
    await keep(scores.filter(({ logLikelihoods }) => !logLikelihoods.some(Number.isNaN)));
    for (const one of scores) found.set(one.problem, one);
    from = to;
    onProgress?.(questions.length - open.length + to, questions.length);
  }
  return questions.map(({ view }) => found.get(view.id)!);
}

/** Mean of a grade over questions with its clustered standard error; questions without a grade are left out, and not counted. */
export function meanGrade(grades: readonly number[], clusters: readonly string[]): MeanEstimate {
  return clusteredMean(grades, clusters, { missing: "omit" });
}

/** As `scoresOf`; a question that does not fit into the model's context is scored by NaN, and hides no other. */
async function fittingScores(
  model: LanguageModel,
  questions: readonly ScoredQuestion[],
  signal: AbortSignal,
): Promise<readonly QuestionScores[]> {
  try {
    return await scoresOf(model, questions, signal);
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.code !== "context-too-long") throw error;
    const [only, ...others] = questions;
    if (others.length > 0) {
      const each = [];
      for (const question of questions) each.push(...(await fittingScores(model, [question], signal)));
      return each;
    }
    const none = (value: number) => only!.choices.map(() => value);
    const promptTokens = model.promptLength(only!.view.messages);
    return [
      {
        problem: only!.view.id,
        content: contentOf(only!),
        logLikelihoods: none(Number.NaN),
        tokens: none(0),
        promptTokens,
      },
    ];
  }
}

async function scoresOf(
  model: LanguageModel,
  questions: readonly ScoredQuestion[],
  signal: AbortSignal,
): Promise<readonly QuestionScores[]> {
  const pairs = questions.flatMap(({ view: { messages }, choices }) =>
    choices.map((text): Pair => ({ messages, response: { text, partial: true } })),
  );
  const statistics = await model.score(pairs, { signal });
  let at = 0;
  return questions.map((question) => {
    const own = statistics.slice(at, (at += question.choices.length));
    return {
      problem: question.view.id,
      content: contentOf(question),
      logLikelihoods: own.map(({ logProbability }) => logProbability.reduce((sum, value) => sum + value, 0)),
      tokens: own.map(({ logProbability }) => logProbability.length),
      promptTokens: model.promptLength(question.view.messages),
    };
  });
}

function contentOf({ view, choices }: ScoredQuestion): string {
  return createHash("sha256")
    .update(canonicalJson({ messages: view.messages, choices }))
    .digest("hex");
}

function cannotScore({ identity }: LanguageModel): TouchstoneError {
  return new TouchstoneError({
    code: "missing-capability",
    family: "usage",
    what: `Choices are scored by log-probabilities of given responses, which the server of ${identity.name} does not give.`,
    value: "score",
    fix: "Use a model of this machine, or a server with log-probabilities of prompts; docs/servers.md says which have them.",
  });
}
