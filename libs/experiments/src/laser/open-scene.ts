import type { Dataset, ModelIdentity, RewardModel } from "@touchstone/core";
import { loadLanguageModel, loadRewardModel, loadRolloutModel, type EngineOptions } from "@touchstone/inference";
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
  /** Of the models as they are in their folders, the policy first. */
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
  const stored = keep(await loadLanguageModel(folders.policy, engine));
  const policy = keep(await loadRolloutModel(folders.policy, engine));
  const rewardModels = new Map<string, RewardModel>();
  for (const [name, folder] of folders.rewardModels)
    rewardModels.set(name, keep(await loadRewardModel(folder, engine)));
  const identities = [stored.identity, ...[...rewardModels.values()].map(({ identity }) => identity)];
  const kept = opened.move();
  return {
    dataset,
    config,
    weights,
    policy,
    rewardModels,
    identities,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
