import { inUnit, Ledger, type Budget, type Spend } from "@touchstone/core";

/** What an act on one problem costs. */
export interface Act {
  readonly id: string;
  readonly spend: Partial<Spend>;
}

/** One ledger a problem, and the budget they may not exceed. */
export class ToyMeter {
  readonly #budget: Budget;
  readonly #ledgers: ReadonlyMap<string, Ledger>;

  constructor(budget: Budget, problems: readonly string[]) {
    this.#budget = budget;
    this.#ledgers = new Map(problems.map((id) => [id, new Ledger()]));
  }

  total(problem: string): Spend {
    return this.#ledgers.get(problem)!.total;
  }

  spent(problem: string): number {
    return inUnit(this.total(problem), this.#budget.unit);
  }

  /** Enters one round of acts, or none of it where it would exceed the budget: then says by what. */
  enter(acts: readonly Act[]): { readonly wanted: number; readonly why: string } | undefined {
    const planned = new Map(Array.from(this.#ledgers.keys(), (id) => [id, this.spent(id)]));
    for (const { id, spend } of acts) planned.set(id, planned.get(id)! + inUnit(spend, this.#budget.unit));
    const { amount, scope, unit } = this.#budget;
    const total = [...planned.values()].reduce((a, b) => a + b, 0);
    if (scope === "batch" && total > amount * planned.size) {
      return { wanted: total, why: `wanted ${total} ${unit} of ${amount * planned.size} in the batch` };
    }
    for (const [id, wanted] of scope === "problem" ? planned : []) {
      if (wanted > amount) return { wanted, why: `wanted ${wanted} ${unit} of ${amount} for ${id}` };
    }
    for (const [id, ofProblem] of Map.groupBy(acts, (act) => act.id)) {
      // What is asked for together is one round, however many requests it has.
      for (const [i, { spend }] of ofProblem.entries()) {
        this.#ledgers.get(id)!.add(i === 0 ? spend : { ...spend, rounds: 0 });
      }
    }
    return undefined;
  }
}
