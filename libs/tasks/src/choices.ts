import { TouchstoneError, type Grader } from "@touchstone/core";
import { z } from "zod";

const Choices = z
  .strictObject({
    /** The answers to choose from. */
    choices: z.array(z.string().min(1)).min(2),
    /** Positions of the right ones, from 0. */
    correct: z.array(z.int().nonnegative()).min(1),
  })
  .refine(({ choices, correct }) => correct.every((index) => index < choices.length), "`correct` names no choice")
  .refine(({ choices, correct }) => new Set(correct).size < choices.length, "every choice is correct");

/** A question whose answers are given and scored: which of them a model finds most likely. */
export type Choices = z.infer<typeof Choices>;

/** The choices of a reference such as `{"choices":["a","b"],"correct":[0]}`; undefined where it is none. */
export function parseChoices(reference: string): Choices | undefined {
  const read = readChoices(reference);
  return read.success ? read.data : undefined;
}

/** What keeps a reference from being choices; undefined where nothing does. */
export function faultOfChoices(reference: string): string | undefined {
  const read = readChoices(reference);
  return read.success ? undefined : `is no list of choices: ${z.prettifyError(read.error).replaceAll("\n", " ")}`;
}

function readChoices(reference: string) {
  let json: unknown;
  try {
    json = JSON.parse(reference);
  } catch {
    json = undefined;
  }
  return Choices.safeParse(json);
}

/**
 * Of a dataset whose answers are scored, not drawn: nothing that a model writes is graded, so that grading throws
 * `answers-are-scored`. Beside it stand {@link choiceGrades}.
 */
export const choiceLikelihood: Grader = {
  name: "choice-likelihood",
  gold: "scored",
  grade({ id }) {
    throw new TouchstoneError({
      code: "answers-are-scored",
      family: "usage",
      what: "The answers of this dataset are given, and scored by their likelihood; responses to it cannot be graded.",
      value: id,
      fix: "Use `./touchstone likelihood --model … --dataset …`, or a dataset that asks for a letter.",
    });
  },
};

/** What a model makes of the choices of one question. */
export interface ChoiceScores {
  /** Σ log p(token | question, tokens before) over the tokens of each choice, in nats; without the end token. */
  readonly logLikelihoods: readonly number[];
  /** Tokens of each choice. */
  readonly tokens: readonly number[];
}

/** Scores of a question in [0, 1]. */
export interface ChoiceGrades {
  /** Whether the most likely choice is right: MC1 of TruthfulQA where one choice is (Lin et al. 2022). */
  readonly sum: number;
  /** The same by log-likelihood a token. */
  readonly perToken: number;
  /** The same by log-likelihood a character (UTF-16 unit), as `acc_norm` of lm-evaluation-harness divides (it counts code points). */
  readonly perCharacter: number;
  /** Probability of the right choices among all, by their likelihoods: MC2 of TruthfulQA where several are right. */
  readonly mass: number;
}

/**
 * Grades the choice of a model. Of equally likely choices each is chosen with equal chance. NaN where a log-likelihood is not a
 * number. Throws a RangeError where there is not one score a choice.
 */
export function choiceGrades({ choices, correct }: Choices, { logLikelihoods, tokens }: ChoiceScores): ChoiceGrades {
  if (logLikelihoods.length !== choices.length || tokens.length !== choices.length)
    throw new RangeError(`${choices.length} choices need as many scores, received ${logLikelihoods.length}`);
  const right = new Set(correct);
  const by = (lengthOf: (index: number) => number) =>
    shareOfHighest(
      logLikelihoods.map((sum, index) => sum / lengthOf(index)),
      right,
    );
  return {
    sum: by(() => 1),
    perToken: by((index) => tokens[index]!),
    perCharacter: by((index) => choices[index]!.length),
    mass: massOf(logLikelihoods, right),
  };
}

function shareOfHighest(scores: readonly number[], right: ReadonlySet<number>): number {
  if (scores.some(Number.isNaN)) return Number.NaN;
  const highest = Math.max(...scores);
  const chosen = [...scores.keys()].filter((index) => scores[index] === highest);
  return chosen.filter((index) => right.has(index)).length / chosen.length;
}

/** Σ over right of exp(l) / Σ over all of exp(l), with the highest taken out so that nothing underflows to 0/0. */
function massOf(logLikelihoods: readonly number[], right: ReadonlySet<number>): number {
  const highest = Math.max(...logLikelihoods);
  const masses = logLikelihoods.map((sum) => Math.exp(sum - highest));
  const total = (indices: Iterable<number>) => [...indices].reduce((sum, index) => sum + masses[index]!, 0);
  return total(right) / total(masses.keys());
}
