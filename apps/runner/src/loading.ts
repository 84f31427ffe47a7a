import type { Dataset, LanguageModel, RewardModel } from "@touchstone/core";
import { judgedDataset, type RunSetting, type Suite } from "@touchstone/evaluation";
import { RecordedLanguageModel, RecordedRewardModel, type Imported } from "@touchstone/import";
import { loadLanguageModel, type LocalLanguageModel } from "@touchstone/inference";
import type { ServedLanguageModel } from "@touchstone/inference/openai";
import type { Pool } from "@touchstone/pool";
import { loadDataset } from "@touchstone/tasks";
import { openOfBackend, type BackendModel } from "./backend-models.ts";
import type { Interruption } from "./interruption.ts";
import { namedImports } from "./imports.ts";
import { methodsFor } from "./external-methods.ts";
import { say } from "./context.ts";
import { ModelHub } from "./hub.ts";
import { parseModelReference } from "./model-reference.ts";
import { PLACES } from "./places.ts";
import { openJudge, openRewardModel, type OpenedRewardModel } from "./reward-models.ts";
import type { Device } from "./values.ts";

type OpenedLanguageModel = LocalLanguageModel | ServedLanguageModel | BackendModel;

/** Everything a suite names, at hand: models, datasets and an open pool. Closing it gives all of them back. */
export interface Loaded extends AsyncDisposable {
  readonly setting: RunSetting;
  readonly models: ReadonlyMap<string, OpenedLanguageModel | RecordedLanguageModel>;
  readonly rewardModels: ReadonlyMap<string, OpenedRewardModel | RecordedRewardModel>;
  /** What was imported into the pool's folder. */
  readonly imports: readonly Imported[];
}

export interface LoadOptions {
  readonly suite: Suite;
  readonly device: Device;
  readonly interruption: Interruption;
  readonly imports: readonly Imported[];
  /** Downloads what is missing of models of the hub. */
  readonly hub?: ModelHub;
  /** Opens the pool; a plan alone may look at one that is not there. */
  readonly pool: (signal: AbortSignal) => Promise<Pool>;
}

/** Models and datasets first: what is wrong with them is found before a pool is made or waited for. */
export async function load({
  suite,
  device,
  interruption,
  imports,
  pool: open,
  ...given
}: LoadOptions): Promise<Loaded> {
  const { hub = new ModelHub({ signal: interruption.signal, say }) } = given;
  await using opened = new AsyncDisposableStack();
  const datasets = new Map<string, Dataset>();
  for (const { name } of suite.datasets) {
    interruption.enter("loading");
    if (!datasets.has(name)) datasets.set(name, await loadDataset(PLACES.datasets, datasetPath(name, imports)));
  }
  const loadAll = async <M extends LanguageModel | RewardModel>(
    references: readonly string[],
    recordedOne: (reference: string) => M | undefined,
    loadOne: (reference: string, options: { device: Device }) => Promise<M>,
  ): Promise<ReadonlyMap<string, M>> => {
    const models = new Map<string, M>();
    for (const reference of references) {
      interruption.enter("loading");
      const model = recordedOne(reference) ?? (await loadOne(reference, { device }));
      opened.defer(() => model.close());
      models.set(reference, model);
    }
    return models;
  };
  const models = await loadAll<OpenedLanguageModel | RecordedLanguageModel>(
    suite.models,
    (reference) => recordedModel(reference, imports),
    async (reference, options) => {
      const parsed = parseModelReference(reference);
      if (parsed.kind === "backend") return openOfBackend(parsed, interruption.signal);
      if (parsed.kind !== "served") return loadLanguageModel(await hub.folder(reference, device), options);
      const { openServed } = await import("./served-models.ts");
      return openServed(parsed, interruption.signal, hub.note);
    },
  );
  const rewardModels = await loadAll<OpenedRewardModel | RecordedRewardModel>(
    suite.rewardModels,
    (reference) => recordedRewardModel(reference, namedImports(suite, imports)),
    (reference) => {
      const folder = (one: string) => hub.folder(one, device);
      return openRewardModel(reference, { device, signal: interruption.signal, folder, onRemark: hub.note });
    },
  );
  if (suite.judge !== undefined) {
    interruption.enter("loading");
    const folder = (one: string) => hub.folder(one, device);
    const judge = await openJudge(suite.judge, { device, signal: interruption.signal, folder, onRemark: hub.note });
    opened.defer(() => judge.close());
    for (const [name, dataset] of datasets)
      if (dataset.grader.gold === "none") datasets.set(name, judgedDataset(dataset, judge));
  }
  interruption.enter("loading");
  const methods = await methodsFor(suite.methods);
  const pool = opened.use(await open(interruption.signal));
  interruption.enter("loading");
  const kept = opened.move();
  return {
    setting: { suite, methods, datasets, models, rewardModels, pool },
    models,
    rewardModels,
    imports,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What `loadDataset` takes for a dataset of a suite: an import's manifest, or the name or path as it stands. */
export function datasetPath(name: string, imports: readonly Imported[]): string {
  return imports.find((imported) => imported.name === name)?.dataset ?? name;
}

function recordedModel(reference: string, imports: readonly Imported[]): RecordedLanguageModel | undefined {
  const found = imports.find(({ name }) => name === reference);
  return found && new RecordedLanguageModel(found);
}

function recordedRewardModel(reference: string, imports: readonly Imported[]): RecordedRewardModel | undefined {
  for (const imported of imports) {
    const identity = imported.rewardModels.find(({ name }) => name === reference);
    if (identity) return new RecordedRewardModel(imported, identity);
  }
  return undefined;
}
