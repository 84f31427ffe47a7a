import { canonicalJson } from "@touchstone/core";
import type { RunSetting } from "./setting.ts";
import type { MethodChoice, Suite } from "./suite-schema.ts";
import { methodNamed } from "./suite.ts";
import { trialsOf } from "./tune-points.ts";

/**
 * The setting that tuning evaluates: the suite's datasets on another split, its methods with every trial's parameters, one
 * budget. Undefined where the suite asks for no tuning or nothing can be tuned.
 */
export function tuningSetting(setting: RunSetting): RunSetting | undefined {
  const { suite } = setting;
  const { tuning } = suite;
  if (!tuning) return undefined;
  const methods = new Map<string, MethodChoice>();
  for (const choice of suite.methods) {
    for (const parameters of trialsOf(methodNamed(choice.name, setting.methods), choice, tuning.trials)) {
      const trial = { ...choice, parameters };
      methods.set(trialKey(trial), trial);
    }
  }
  if (methods.size === 0) return undefined;
  const { tuning: _, batch, ...rest } = suite;
  const tuned: Suite = {
    ...rest,
    datasets: onSplit(suite.datasets, tuning),
    methods: [...methods.values()],
    budgets: { ...suite.budgets, amounts: [primaryBudget(suite)] },
    ...(batch ? { batch: { size: batch.size } } : {}),
  };
  return { ...setting, suite: tuned };
}

/** Each dataset of a suite once, on other problems of its own. */
export function onSplit(
  datasets: Suite["datasets"],
  { split, limit }: { readonly split: Suite["datasets"][number]["split"]; readonly limit: number },
): Suite["datasets"] {
  return [...new Map(datasets.map((dataset) => [dataset.name, { ...dataset, split, limit }])).values()];
}

/** The budget at which validation compares: the suite's own word, or its largest. */
export function primaryBudget({ tuning, budgets }: Pick<Suite, "tuning" | "budgets">): number {
  return tuning?.budget ?? Math.max(...budgets.amounts);
}

/** What tells the rows of a suite apart. */
export function trialKey({ name, parameters, rewardModels = [] }: MethodChoice): string {
  return canonicalJson([name, parameters, rewardModels]);
}
