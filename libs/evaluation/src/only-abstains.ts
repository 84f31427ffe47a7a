import { canonicalJson, type Budget, type Method } from "@touchstone/core";
import { called } from "./called.ts";
import { methodNamed } from "./method-named.ts";
import { mistake } from "./suite-mistake.ts";
import type { MethodChoice, Suite } from "./suite-schema.ts";

/** An entry of a suite that can only abstain at some of its budgets. */
interface Silent {
  readonly called: string;
  readonly amounts: readonly number[];
  /** At the largest of them. */
  readonly reason: string;
  readonly always: boolean;
}

type Budgeted = Pick<Suite, "budgets"> & { readonly methods: readonly MethodChoice[] };

/** A sentence for each method that can only abstain at some budgets of a suite, whatever is drawn. */
export function abstentionWarnings(suite: Budgeted, methods: readonly Method[]): string[] {
  const { unit } = suite.budgets;
  const at = (amounts: readonly number[]) =>
    unit === "samples" && amounts.join() === "1" ? "1 sample" : `${amounts.join(", ")} ${unit}`;
  return silentIn(suite, methods).map(
    ({ called: name, amounts, reason }) => `${name} can only abstain at ${at(amounts)}: ${reason}.`,
  );
}

/** Throws `only-abstains` for a suite in which no method can decide at any budget, unless it studies allocation, at a budget of its own. */
export function checkDecides(suite: Budgeted & Pick<Suite, "allocation">, methods: readonly Method[]): void {
  if (suite.allocation) return;
  const silent = silentIn(suite, methods);
  if (silent.length < suite.methods.length || silent.some(({ always }) => !always)) return;
  throw mistake({
    code: "only-abstains",
    what: `No method of the suite can decide at any of its budgets. ${abstentionWarnings(suite, methods).join(" ")}`,
    value: suite.budgets.amounts.join(", "),
    fix: "Change the budgets, or compare other methods; docs/methods/ says what each needs.",
  });
}

function silentIn(
  { budgets: { unit, amounts, scope }, methods: choices }: Budgeted,
  methods: readonly Method[],
): Silent[] {
  return choices.flatMap((choice): Silent[] => {
    const method = methodNamed(choice.name, methods);
    const { undefinedAt, batch } = method.needs;
    const reasonAt = (amount: number): string | undefined => {
      const budget: Budget = { unit, amount, scope: batch ? "batch" : scope };
      // The parameters have passed the method's own schema.
      return undefinedAt?.(choice.parameters as never, budget);
    };
    const silent = amounts.filter((amount) => reasonAt(amount) !== undefined).toSorted((a, b) => a - b);
    if (silent.length === 0) return [];
    return [
      {
        called: called(method, canonicalJson(choice.parameters)),
        amounts: silent,
        reason: reasonAt(silent.at(-1)!)!.replace(/^undefined: /, ""),
        always: silent.length === amounts.length,
      },
    ];
  });
}
