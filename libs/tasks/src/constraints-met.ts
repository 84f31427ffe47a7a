import type { Grader, Problem } from "@touchstone/core";
import { keptConstraints, parseConstraints, type Constraint } from "./constraints.ts";

// A problem is graded many times; its reference is read once.
const parsed = new WeakMap<Problem, readonly Constraint[]>();

function kept(problem: Problem, response: string): boolean[] {
  let constraints = parsed.get(problem);
  if (!constraints) {
    constraints = parseConstraints(problem.reference);
    parsed.set(problem, constraints);
  }
  return keptConstraints(response, constraints);
}

/** Share of the reference's constraints that the response keeps (`keptConstraints`). The answer is not read. */
export const constraintsMet: Grader = {
  name: "constraints-met",
  grade(problem, response) {
    const verdicts = kept(problem, response);
    return verdicts.filter(Boolean).length / verdicts.length;
  },
};

/** 1 where the response keeps every constraint of the reference, otherwise 0. */
export const constraintsAllMet: Grader = {
  name: "constraints-all-met",
  grade: (problem, response) => (kept(problem, response).every(Boolean) ? 1 : 0),
};

/** What keeps a reference from being a list of constraints; undefined where it is one. */
export function faultOfConstraints(reference: string): string | undefined {
  try {
    parseConstraints(reference);
    return undefined;
  } catch {
    return "is not a JSON list of constraints";
  }
}
