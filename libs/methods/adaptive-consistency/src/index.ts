import { defineProcedure, type Access, type Decision, type Drawn, type ProblemView } from "@touchstone/core";
import { massOnClasses, modes } from "@touchstone/stats";
import { z } from "zod";
import { drawsBeforeStop, leadCertainty, topTwo } from "./stopping.ts";

const parameters = z.strictObject({
  /** Stops where the leading answer is the more frequent of the two with at least this probability. */
  confidence: z.number().min(0.5).max(1).default(0.95),
  /** The most draws of one problem, whatever the budget. */
  maximum: z.number().int().positive().default(40),
});

/**
 * Adaptive consistency: a majority vote that stops drawing once the leading answer is certain enough against the second (Beta
 * criterion). Draws of all problems advance together; those that cannot lead to a stop are drawn in one round, which changes no decision.
 * Unparsable responses cost a draw and have no vote. Where a batch shares the budget, what certain problems leave goes to the uncertain
 * ones. Abstains where no answer is parsable.
 */
export const adaptiveConsistency = defineProcedure({
  name: "adaptive-consistency",
  summary: "A majority vote that stops when its winner is certain enough.",
  reference: {
    title: "Let's Sample Step by Step: Adaptive-Consistency for Efficient Reasoning and Coding with LLMs",
    authors: "Aggarwal, Madaan, Yang, Mausam",
    year: 2023,
    source: "arXiv:2305.11860",
  },
  needs: {
    rewards: "none",
    answers: true,
    mostOfOne: ({ maximum }: z.infer<typeof parameters>, amount, batchSize) => Math.min(maximum, amount * batchSize),
  },
  parameters,
  search: { knobs: { confidence: { scale: "choice", values: [0.8, 0.9, 0.95, 0.99] } } },

  async decide(problems, access, { confidence, maximum }) {
    const votes = problems.map((problem) => new Vote(problem));
    for (;;) {
      const wanting = votes
        .filter((vote) => vote.certainty < confidence && vote.drawn.length < maximum)
        .toSorted((a, b) => a.certainty - b.certainty || (a.problem.id < b.problem.id ? -1 : 1));
      const requests = affordable(wanting, votes, access, (vote) => vote.wants(confidence, maximum));
      if (requests.length === 0) break;
      const drawn = await access.draw(requests.map(({ vote, count }) => ({ problem: vote.problem, count })));
      for (const [i, { vote }] of requests.entries()) vote.add(drawn[i]!);
    }
    return votes.map((vote) => vote.decision(confidence));
  },
});

/** The draws of one problem and what they say. */
class Vote {
  readonly problem: ProblemView;
  readonly drawn: Drawn[] = [];
  readonly #counts = new Map<number, number>();

  constructor(problem: ProblemView) {
    this.problem = problem;
  }

  add(drawn: readonly Drawn[]): void {
    this.drawn.push(...drawn);
    for (const { answer } of drawn) if (answer >= 0) this.#counts.set(answer, (this.#counts.get(answer) ?? 0) + 1);
  }

  get certainty(): number {
    return leadCertainty(...topTwo(this.#counts.values()));
  }

  wants(confidence: number, maximum: number): number {
    return drawsBeforeStop(...topTwo(this.#counts.values()), confidence, maximum - this.drawn.length);
  }

  decision(confidence: number): Decision {
    const diagnostics = {
      draws: this.drawn.length,
      certainty: this.certainty,
      stopped: Number(this.certainty >= confidence),
    };
    const answers = this.drawn.map(({ answer }) => answer);
    const counted = (i: number) => answers[i]! >= 0;
    const { classes } = modes(answers, counted);
    if (this.drawn.length === 0)
      return { kind: "abstained", reason: "the budget does not surely buy one draw", diagnostics };
    if (classes.size === 0) return { kind: "abstained", reason: "no sample has a parsable answer", diagnostics };
    const mass = massOnClasses(answers, counted, classes);
    const weights = this.drawn.flatMap(({ id }, i) => (mass[i]! > 0 ? [{ id, weight: mass[i]! }] : []));
    return { kind: "decided", weights, diagnostics };
  }
}

/**
 * How much of what each vote wants fits into what is left, earlier ones first. In tokens and FLOPs a draw may cost as much as one of the
 * length cap; the first one, whose prompt is paid for with it, comes alone.
 */
function affordable(
  wanting: readonly Vote[],
  all: readonly Vote[],
  access: Access,
  wants: (vote: Vote) => number,
): readonly { readonly vote: Vote; readonly count: number }[] {
  const { unit, amount, scope } = access.budget;
  let shared = all.reduce((left, { problem }) => left - access.spent(problem), amount * all.length);
  return wanting.flatMap((vote) => {
    const left = scope === "batch" ? shared : amount - access.spent(vote.problem);
    const price = access.costOfDraw(vote.problem, access.decoding.maxTokens);
    const first = unit !== "samples" && vote.drawn.length === 0;
    const count = Math.min(first ? 1 : wants(vote), Math.floor(left / price));
    if (count > 0) shared -= count * price;
    return count > 0 ? [{ vote, count }] : [];
  });
}
