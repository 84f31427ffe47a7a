import type { ProblemLook } from "@touchstone/core";

type Decision = ProblemLook["decisions"][number];

/** A decision with its heaviest answers alone. */
export interface PageDecision extends Decision {
  /** Answers that it is spread over beside those in `answers`. */
  readonly others: number;
}

/** A look at a problem as a page carries it. */
export interface PageLook extends Omit<ProblemLook, "decisions"> {
  readonly decisions: readonly PageDecision[];
}

/** Answers of a decision that a page carries. */
const HEAVIEST = 3;

/** A vote over whole responses has as many answers as samples: a page carries the three heaviest of each. */
export function pageLook(look: ProblemLook): PageLook {
  return {
    ...look,
    decisions: look.decisions.map((decision) => {
      const answers = Object.entries(decision.answers).toSorted(([, a], [, b]) => b - a);
      return {
        ...decision,
        answers: Object.fromEntries(answers.slice(0, HEAVIEST)),
        others: Math.max(0, answers.length - HEAVIEST),
      };
    }),
  };
}
