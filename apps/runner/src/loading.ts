import type { Dataset, LanguageModel, RewardModel } from "@touchstone/core";
import type { RunSetting, Suite } from "@touchstone/evaluation";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import type { LocalLanguageModel, LocalRewardModel } from "@touchstone/inference";
import type { Pool } from "@touchstone/pool";
import { loadDataset } from "@touchstone/tasks";
import { join } from "node:path";
import type { Interruption } from "./interruption.ts";
import { METHODS } from "./methods.ts";
import { PLACES } from "./places.ts";
import type { Device } from "./values.ts";

/** Everything a suite names, at hand: models, datasets and an open pool. Closing it gives all of them back. */
export interface Loaded extends AsyncDisposable {
  readonly setting: RunSetting;
  readonly models: ReadonlyMap<string, LocalLanguageModel>;
  readonly rewardModels: ReadonlyMap<string, LocalRewardModel>;
}

export interface LoadOptions {
  readonly suite: Suite;
  readonly device: Device;
  readonly interruption: Interruption;
  /** Opens the pool; a plan alone may look at one that is not there. */
  readonly pool: (signal: AbortSignal) => Promise<Pool>;
}

/** Models and datasets first: what is wrong with them is found before a pool is made or waited for. */
export async function load({ suite, device, interruption, pool: open }: LoadOptions): Promise<Loaded> {
  await using opened = new AsyncDisposableStack();
  const datasets = new Map<string, Dataset>();
  for (const { name } of suite.datasets) {
    interruption.enter("loading");
    if (!datasets.has(name)) datasets.set(name, await loadDataset(PLACES.datasets, name));
  }
  const loadAll = async <M extends LanguageModel | RewardModel>(
    references: readonly string[],
    loadOne: (folder: string, options: { device: Device }) => Promise<M>,
  ): Promise<ReadonlyMap<string, M>> => {
    const models = new Map<string, M>();
    for (const reference of references) {
      interruption.enter("loading");
      const model = await loadOne(modelFolder(reference), { device });
      opened.defer(() => model.close());
      models.set(reference, model);
    }
    return models;
  };
  const models = await loadAll(suite.models, loadLanguageModel);
  const rewardModels = await loadAll(suite.rewardModels, loadRewardModel);
  interruption.enter("loading");
  const pool = opened.use(await open(interruption.signal));
  interruption.enter("loading");
  const kept = opened.move();
  return {
    setting: { suite, methods: METHODS, datasets, models, rewardModels, pool },
    models,
    rewardModels,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A suite spells a model as a built-in one's name or as a folder's absolute path. */
export function modelFolder(reference: string): string {
  return /[\\/]/.test(reference) ? reference : join(PLACES.models, reference);
}
