import type { Grader } from "@touchstone/core";
import { lastBoxed } from "./boxed.ts";
import { mathKey } from "./math-key.ts";

/** The answer class of a reference: of the content of its last box, where it is a worked solution with one, or of the whole. */
export function referenceKey(reference: string): string {
  return mathKey(lastBoxed(reference) ?? reference);
}

/** 1 where the answer and the reference (LaTeX, `referenceKey`) are the same mathematics (`mathKey`), 0 otherwise, also where there is no answer. */
export const mathEquivalent: Grader = {
  name: "math-equivalent",
  grade(problem, _response, answer) {
    return answer.kind === "answer" && answer.key === referenceKey(problem.reference) ? 1 : 0;
  },
};
