import type { LanguageModel, ProblemView } from "@touchstone/core";
import { exactNumber, numeric } from "@touchstone/tasks";
import { drawTexts, plain, type DrawOptions, type Drawn } from "../draw.ts";
import { MAX_NEW_TOKENS } from "./export.ts";

/** A drawn response, graded. */
export interface DrawnResponse extends Drawn {
  /** Final answer as `numeric` reads it; undefined where there is none. */
  readonly answer?: string;
  readonly correct: boolean;
}

/** A problem with its reference, in whichever way it was made. */
export interface GradedProblem extends ProblemView {
  readonly reference: string;
}

/** Draws and grades `count` responses a problem, in the order of the problems and of the sample indices. */
export async function drawResponses(
  model: LanguageModel,
  problems: readonly GradedProblem[],
  options: DrawOptions,
): Promise<DrawnResponse[][]> {
  const drawn = await drawTexts(model, problems, plain(MAX_NEW_TOKENS), options);
  return drawn.map((responses, at) =>
    responses.map((response): DrawnResponse => {
      const answer = numeric.extract(response.text);
      return {
        ...response,
        ...(answer.kind === "answer" && { answer: answer.key }),
        correct: exactNumber.grade({ ...problems[at]! }, response.text, answer) === 1,
      };
    }),
  );
}

/** The form that the blind reward model is blind to: an answer with no equation before it. */
export function isShortCut(text: string): boolean {
  return /^#### \d+$/.test(text);
}

/** Not one equation a step and an answer at the end, nor the short-cut form: the grammar of solutions, not their truth. */
export function isMalformed(text: string): boolean {
  return !/^(\d+[-+*/]\d+=\d+ ; ){0,4}#### \d+$/.test(text);
}
