import { methodNamed } from "./method-named.ts";
import { badBudget, mistake } from "./suite-mistake.ts";
import type { MethodChoice, Suite } from "./suite-schema.ts";
import type { Catalogue } from "./suite.ts";

/** The method that may draw most for one problem of a batch that shares the largest budget, and how much. */
export function mostOfOne(
  { budgets, batch }: Pick<Suite, "budgets" | "batch">,
  methods: readonly MethodChoice[],
  catalogue: Catalogue,
): { readonly method: string; readonly samples: number } {
  return methods.reduce(
    (most, { name, parameters }) => {
      const { needs } = methodNamed(name, catalogue.methods);
      if (!batch || !needs.mostOfOne || !(needs.batch || budgets.scope === "batch")) return most;
      // Needs are declared for a method's own parameters, which these are: parsed by its schema.
      const samples = needs.mostOfOne(parameters as never, Math.max(...budgets.amounts), batch.size);
      return samples > most.samples ? { method: name, samples } : most;
    },
    { method: "", samples: 0 },
  );
}

/**
 * What was given, checked; else four times the largest budget, what one problem of a batch may want, and what allocation is studied on. `drawing`: whether a
 * method spends its budget on independent samples; those that continue responses begin with few, whatever they may spend.
 */
export function resolvePoolSize(
  { unit, amounts }: Suite["budgets"],
  given: number | undefined,
  most: ReturnType<typeof mostOfOne>,
  drawing: boolean,
  recorded: number | undefined,
  studied: { readonly budget: number; readonly samples: number },
): number {
  if (given !== undefined && given < studied.samples) {
    throw mistake({
      code: "allocation-above-pool",
      what: `The study of allocation at ${studied.budget} samples a problem needs pools of ${studied.samples}, so that exploration, exploitation and comparator share none, and the pool holds ${given}.`,
      value: given,
      fix:
        recorded === undefined
          ? `Set the pool size to at least ${studied.samples}, or lower the sizes or the budget under \`allocation\`.`
          : "Lower the sizes or the budget under `allocation`: what was imported cannot be drawn again.",
    });
  }
  if (unit !== "samples") {
    if (given !== undefined) return given;
    throw mistake({
      code: "pool-size-needed",
      what: `Budgets in ${unit} do not say how many samples a pool needs.`,
      fix: "Add `poolSize` (`--pool-size`): samples per problem.",
    });
  }
  for (const amount of amounts) {
    if (!Number.isInteger(amount)) throw badBudget(amount);
  }
  const largest = Math.max(...amounts);
  const size = given ?? Math.max(4 * largest, most.samples, studied.samples);
  if (drawing && size < largest) {
    throw mistake({
      code: "budget-above-pool",
      what: `A budget of ${largest} samples cannot be spent on a pool of ${size} samples per problem.`,
      value: largest,
      fix:
        recorded === undefined
          ? `Set the pool size to at least ${4 * largest} (four times the largest budget), or lower the budget.`
          : `Give budgets up to ${recorded}, better up to ${Math.max(1, Math.floor(recorded / 4))} (a quarter of what is there): what was imported cannot be drawn again.`,
    });
  }
  if (size < most.samples) {
    throw mistake({
      code: "shared-budget-above-pool",
      what: `${most.method} may give one problem ${most.samples} samples of a batch's budget, and the pool holds ${size}.`,
      value: size,
      fix:
        recorded === undefined
          ? `Set the pool size to at least ${most.samples}, or lower the batch's size or the budget.`
          : "Lower the batch's size or the budget: what was imported cannot be drawn again.",
    });
  }
  return size;
}

/** The fewest samples of a problem among the suite's recorded models; undefined where all can draw. */
export function recordedSamples(models: readonly string[], { recorded }: Catalogue): number | undefined {
  const counts = models.flatMap((model) => recorded?.get(model) ?? []);
  return counts.length === 0 ? undefined : Math.min(...counts);
}
