import type { Grader } from "@touchstone/core";
import { canonicalNumber } from "./numeric.ts";

/** The number of a reference: itself, or what follows the last `####` of a worked solution (GSM8K); undefined where it is none. */
export function referenceNumber(reference: string): string | undefined {
  return canonicalNumber(reference.slice(reference.lastIndexOf("####") + 1).replace(/^###/, ""));
}

/** 1 where the answer is the reference's number (`referenceNumber`), 0 otherwise, also where there is no answer to read. */
export const exactNumber: Grader = {
  name: "exact-number",
  grade(problem, _response, answer) {
    return answer.kind === "answer" && answer.key === referenceNumber(problem.reference) ? 1 : 0;
  },
};
