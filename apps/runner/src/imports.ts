import { TouchstoneError, type Method } from "@touchstone/core";
import { continuesWith, methodNamed, type Plan } from "@touchstone/evaluation";
import { listImports, recordedOnly, type Imported } from "@touchstone/import";

export { listImports };

/** The imports among a suite's models. */
export function namedImports(given: unknown, imports: readonly Imported[]): readonly Imported[] {
  const models = (given as { readonly models?: unknown } | null | undefined)?.models;
  return Array.isArray(models) ? imports.filter(({ name }) => models.includes(name)) : [];
}

/** Names of an import's reward models: `rm`, `prm@min`. */
export function rewardNames({ rewardModels }: Imported): readonly string[] {
  return rewardModels.map(({ name }) => name);
}

/** `500 problems × 4 samples, reward models prm@min, prm@last; licence none`. */
export function importSummary(imported: Imported): string {
  const { description, problems, licence, samplesPerProblem } = imported;
  const { fewest, most } = samplesPerProblem;
  const rewards = rewardNames(imported);
  return (
    `${description} (${problems} problems × ${fewest === most ? fewest : `${fewest} to ${most}`} samples, ` +
    `${rewards.length === 0 ? "no reward model" : `rewards of ${rewards.join(", ")}`}, licence ${licence})`
  );
}

/**
 * A suite on one import takes what it does not say from there: dataset, decoding, reward models and size of the pool. Any other
 * suite is left as it is.
 */
export function withRecorded(given: unknown, imports: readonly Imported[]): unknown {
  const [imported, ...others] = namedImports(given, imports);
  const suite = given as { readonly models: readonly unknown[] };
  if (!imported || others.length > 0 || suite.models.length > 1) return given;
  const { name, decoding, samplesPerProblem } = imported;
  return {
    datasets: [{ name }],
    decodings: [decoding],
    rewardModels: rewardNames(imported),
    poolSize: samplesPerProblem.fewest,
    ...suite,
  };
}

/**
 * Throws `recorded-only` where a plan asks an import for what the pool does not hold, and `uncounted-budget` where budgets need
 * counts that no import has.
 */
export function checkRecorded(plan: Plan, imports: readonly Imported[], methods: readonly Method[]): void {
  for (const { model, budgetUnit, method, parameters } of plan.cells) {
    const imported = imports.find(({ name }) => name === model);
    if (!imported) continue;
    const { needs } = methodNamed(method, methods);
    if (continuesWith(needs, JSON.parse(parameters))) throw recordedOnly(imported, `what ${method} would continue`);
    if (needs.embeds) throw recordedOnly(imported, `the prompt embeddings that ${method} reads`);
    if (budgetUnit === "samples") continue;
    throw new TouchstoneError({
      code: "uncounted-budget",
      family: "usage",
      what: `${model} was imported: its prompts and rewards were not counted in ${budgetUnit}.`,
      value: budgetUnit,
      fix: "Set the budgets in samples.",
    });
  }
  for (const draw of plan.draws) {
    const imported = imports.find(({ name }) => name === draw.model);
    if (imported && draw.missing > 0) {
      const { samplesPerProblem, dataset, drawnWith, seed } = draw;
      const wanted = `${samplesPerProblem} samples of the problems of ${dataset} with ${drawnWith} under seed ${seed}`;
      throw recordedOnly(imported, wanted);
    }
    for (const { rewardModel, missing } of draw.rewards) {
      const owner = imports.find((one) => rewardNames(one).includes(rewardModel));
      if (owner && missing > 0) throw recordedOnly(owner, `rewards of ${rewardModel} for samples of ${draw.model}`);
    }
  }
}
