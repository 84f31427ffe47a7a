import type { Dataset, ModelIdentity } from "@touchstone/core";
import {
  loadLanguageModel,
  loadRewardModel,
  loadRolloutModel,
  type EngineOptions,
  type LocalLanguageModel,
  type LocalRewardModel,
} from "@touchstone/inference";
import { readModel } from "@touchstone/training";
import type { LaserScene } from "./scene.ts";

export interface OpenLaserSceneOptions {
  readonly dataset: Dataset;
  readonly folders: {
    readonly policy: string;
    /** By name, in the order of the experiment. */
    readonly rewardModels: ReadonlyMap<string, string>;
  };
  readonly engine?: EngineOptions;
}

/** A scene that gives its models back. */
export interface OpenLaserScene extends LaserScene, AsyncDisposable {
  /** The models as they are in their folders. */
  readonly stored: { readonly policy: LocalLanguageModel; readonly rewardModels: readonly LocalRewardModel[] };
  /** Of these, the policy first. */
  readonly identities: readonly ModelIdentity[];
}

/** Opens the policy that trains and the reward models. Nothing is drawn. Throws what loading throws. */
export async function openLaserScene({ dataset, folders, engine }: OpenLaserSceneOptions): Promise<OpenLaserScene> {
  const { config, weights } = await readModel(folders.policy);
  await using opened = new AsyncDisposableStack();
  const keep = <M extends { close(): Promise<void> }>(model: M): M => {
    opened.defer(() => model.close());
    return model;
  };
  const untrained = keep(await loadLanguageModel(folders.policy, engine));
  const policy = keep(await loadRolloutModel(folders.policy, engine));
  const rewardModels = new Map<string, LocalRewardModel>();
  for (const [name, folder] of folders.rewardModels)
    rewardModels.set(name, keep(await loadRewardModel(folder, engine)));
  const stored = { policy: untrained, rewardModels: [...rewardModels.values()] };
  const identities = [untrained, ...stored.rewardModels].map(({ identity }) => identity);
  const kept = opened.move();
  return {
    dataset,
    config,
    weights,
    policy,
    rewardModels,
    stored,
    identities,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
