import { TouchstoneError, type Dataset, type LanguageModel, type Method, type RewardModel } from "@touchstone/core";
import type { Pool } from "@touchstone/pool";
import type { Suite } from "./suite-schema.ts";

/**
 * A resolved suite with everything it names at hand. The maps are keyed by the suite's own spelling: a name, or the folder
 * that a model was given as.
 */
export interface RunSetting {
  readonly suite: Suite;
  /** The registry; the suite may use a part of it. */
  readonly methods: readonly Method[];
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly rewardModels: ReadonlyMap<string, RewardModel>;
  readonly pool: Pool;
}

/** Loaded models by the name that tables show. Throws `duplicate-model` where two different models share one. */
export function byShownName<M extends LanguageModel | RewardModel>(
  references: readonly string[],
  loaded: ReadonlyMap<string, M>,
): ReadonlyMap<string, M> {
  const named = new Map<string, M>();
  for (const reference of references) {
    const model = required(loaded, reference, "model");
    const { name } = model.identity;
    if (named.has(name)) {
      throw new TouchstoneError({
        code: "duplicate-model",
        family: "usage",
        what: `Two models of the suite are called ${name}; their rows could not be told apart.`,
        value: reference,
        fix: "Remove one of them, or rename its folder.",
      });
    }
    named.set(name, model);
  }
  return named;
}

/** What a setting must hold because its suite names it. */
export function required<T>(map: ReadonlyMap<string, T>, key: string, kind: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the setting has no ${kind} for ${key}`);
  return value;
}
