import type { Grader } from "@touchstone/core";
import { mathKey } from "./math-key.ts";

/** 1 where the answer and the reference (LaTeX) are the same mathematics (`mathKey`), 0 otherwise, also where there is no answer. */
export const mathEquivalent: Grader = {
  name: "math-equivalent",
  grade(problem, _response, answer) {
    return answer.kind === "answer" && answer.key === mathKey(problem.reference) ? 1 : 0;
  },
};
