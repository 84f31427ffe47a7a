import type { LanguageModel } from "@touchstone/core";
import { keptConstraints } from "@touchstone/tasks";
import { drawTexts, plain, type DrawOptions, type Drawn } from "../draw.ts";
import { MAX_NEW_TOKENS } from "./export.ts";
import type { ConstrainedProblem } from "./problems.ts";

/** A drawn response, graded. */
export interface CheckedResponse extends Drawn {
  /** Which constraints it keeps, in the order of the problem's. */
  readonly kept: readonly boolean[];
  /** Share of the constraints kept. */
  readonly gold: number;
}

export function goldOf(kept: readonly boolean[]): number {
  return kept.filter(Boolean).length / kept.length;
}

/** Draws and grades `count` responses a problem, in the order of the problems and of the sample indices. */
export async function drawResponses(
  model: LanguageModel,
  problems: readonly ConstrainedProblem[],
  options: DrawOptions,
): Promise<CheckedResponse[][]> {
  const drawn = await drawTexts(model, problems, plain(MAX_NEW_TOKENS), options);
  return drawn.map((responses, at) =>
    responses.map((response) => {
      const kept = keptConstraints(response.text, problems[at]?.constraints ?? []);
      return { ...response, kept, gold: goldOf(kept) };
    }),
  );
}
