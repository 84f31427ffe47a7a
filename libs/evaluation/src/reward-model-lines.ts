import { bestOfNWeights } from "@touchstone/stats";
import type { CellProblem } from "./cell-record.ts";
import type { ProblemPool } from "./columns.ts";
import type { Outcome } from "./tally.ts";

/** Best-of-n under every reward model, exactly: by the reward model's name. */
export function outcomesByRewardModel(pool: ProblemPool, n: number): ReadonlyMap<string, Outcome> {
  return new Map(
    Array.from(pool.rewards, ([name, { values }]) => {
      const weights = bestOfNWeights(values, n);
      const mass = weights.reduce((a, b) => a + b, 0);
      const outcome = {
        accuracy: weights.reduce((sum, weight, i) => sum + weight * pool.grades[i]!, 0),
        accuracyError: 0,
        proxy: Number.NaN,
        proxyError: 0,
        // Rounding of the sum, not a chance of abstaining.
        abstained: mass > 1 - 1e-12 ? 0 : 1 - mass,
        replicates: 0,
        diagnostics: new Map(),
      };
      return [name, outcome] as const;
    }),
  );
}

/** The reward model under which best-of-n is graded highest, the first of several. */
export function bestRewardModel(outcomes: ReadonlyMap<string, Outcome>): string {
  return [...outcomes].reduce((best, other) => (other[1].accuracy > best[1].accuracy ? other : best))[0];
}

/** What best-of-n makes of every problem under each reward model, until it is known which is best over all problems. */
export class Hindsight {
  readonly #problems = new Map<string, CellProblem[]>();

  add(rewardModel: string, problem: CellProblem): void {
    const known = this.#problems.get(rewardModel);
    if (known) known.push(problem);
    else this.#problems.set(rewardModel, [problem]);
  }

  /** The problems under the reward model whose mean grade is highest: the best single one in hindsight. */
  best(): readonly CellProblem[] {
    const total = (problems: readonly CellProblem[]) =>
      problems.reduce((sum, { outcome }) => sum + outcome.accuracy, 0);
    return [...this.#problems.values()].reduce<readonly CellProblem[]>(
      (best, other) => (best.length === 0 || total(other) > total(best) ? other : best),
      [],
    );
  }
}
