import type { Grader } from "@touchstone/core";
import { canonicalNumber } from "./numeric.ts";

/** 1 where the answer is the reference as a number, 0 otherwise, also where there is no answer to read. */
export const exactNumber: Grader = {
  name: "exact-number",
  grade(problem, _response, answer) {
    return answer.kind === "answer" && answer.key === canonicalNumber(problem.reference) ? 1 : 0;
  },
};
