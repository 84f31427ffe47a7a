import { inUnit, Ledger, TouchstoneError, type Budget, type Spend } from "@touchstone/core";

/** What an act costs one problem. */
export interface Cost {
  readonly id: string;
  readonly spend: Partial<Spend>;
}

/** The ledgers of the problems that an access serves, held against its budget (law 7). */
export class Spending {
  readonly #budget: Budget;
  readonly #ledgers: ReadonlyMap<string, Ledger>;

  constructor(budget: Budget, problems: readonly string[]) {
    this.#budget = budget;
    this.#ledgers = new Map(problems.map((id) => [id, new Ledger()]));
  }

  total(problem: string): Spend {
    return this.#ledgers.get(problem)!.total;
  }

  /** In the budget's unit. */
  spent(problem: string): number {
    return inUnit(this.total(problem), this.#budget.unit);
  }

  /** Of all problems, in the budget's unit. */
  get spentInAll(): number {
    return [...this.#ledgers.keys()].reduce((sum, id) => sum + this.spent(id), 0);
  }

  /** Enters one round of acts, or throws `over-budget` before anything is entered. */
  enter(costs: readonly Cost[], act: string): void {
    for (const [id, spend] of this.#checked(costs, act)) this.#ledgers.get(id)!.add(spend);
  }

  /** Throws `over-budget` where what is known beforehand of a round does not fit; enters nothing. */
  check(costs: readonly Cost[], act: string): void {
    this.#checked(costs, act);
  }

  #checked(costs: readonly Cost[], act: string): ReadonlyMap<string, Spend> {
    const byProblem = Map.groupBy(costs, ({ id }) => id);
    const spends = new Map(Array.from(byProblem, ([id, entries]) => [id, summed(entries.map(({ spend }) => spend))]));
    const { unit, amount, scope } = this.#budget;
    const after = (id: string): number => {
      const more = spends.get(id);
      return this.spent(id) + (more ? inUnit(more, unit) : 0);
    };
    if (scope === "batch") {
      const size = this.#ledgers.size;
      const total = [...this.#ledgers.keys()].reduce((sum, id) => sum + after(id), 0);
      if (total > amount * size) throw overBudget(act, total, amount * size, `${unit} shared by ${size} problems`);
    } else {
      for (const id of spends.keys()) {
        if (after(id) > amount) throw overBudget(act, after(id), amount, `${unit} per problem`);
      }
    }
    return spends;
  }
}

/** Spends of one problem in one round. Seconds are known only where every part's are. */
function summed(spends: readonly Partial<Spend>[]): Spend {
  const ledger = new Ledger();
  for (const spend of spends) ledger.add(spend);
  return { ...ledger.total, rounds: 1 };
}

/** Seconds for a ledger: absent where they were not measured. */
export function measured(seconds: number): { readonly seconds?: number } {
  return Number.isNaN(seconds) ? {} : { seconds };
}

function overBudget(act: string, needed: number, amount: number, unit: string): TouchstoneError {
  return new TouchstoneError({
    code: "over-budget",
    family: "internal",
    what: `A procedure tried to ${act} beyond its budget of ${amount} ${unit}.`,
    value: needed,
    fix: "This is an error in the method: it must stop before an act that does not fit.",
  });
}
