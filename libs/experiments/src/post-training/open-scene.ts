import { TouchstoneError, type Dataset } from "@touchstone/core";
import {
  loadLanguageModel,
  loadRewardModel,
  loadRolloutModel,
  type EngineOptions,
  type LocalLanguageModel,
  type LocalRewardModel,
} from "@touchstone/inference";
import { readModel } from "@touchstone/training";
import type { World } from "./comparison.ts";
import type { Scene, TrainablePolicy } from "./scene.ts";

export interface OpenSceneOptions {
  readonly world: World;
  readonly dataset: Dataset;
  /** Of the models that the world names. */
  readonly folders: Readonly<Record<"policy" | "reward" | "second", string>>;
  readonly engine: EngineOptions;
}

/** A scene that gives its models back. */
export interface OpenScene extends Scene, AsyncDisposable {
  /** As they are stored, for a manifest. */
  readonly models: readonly (LocalLanguageModel | LocalRewardModel)[];
}

/**
 * Opens the models of a world. Nothing is drawn.
 * @throws TouchstoneError what loading throws, `missing-split` for a dataset without problems to train on
 */
export async function openScene({ world, dataset, folders, engine }: OpenSceneOptions): Promise<OpenScene> {
  if (dataset.problems("train").length === 0) {
    throw new TouchstoneError({
      code: "missing-split",
      family: "input",
      what: `The dataset ${dataset.name} has no problems to train on.`,
      value: dataset.splits.join(", "),
      fix: "Name a dataset with a training split; `./touchstone ls datasets` shows them.",
    });
  }
  await using opened = new AsyncDisposableStack();
  const keep = <M extends { close(): Promise<void> }>(model: M): M => {
    opened.defer(() => model.close());
    return model;
  };
  const reference = keep(await loadLanguageModel(folders.policy, engine));
  const reward = keep(await loadRewardModel(folders.reward, engine));
  const second = keep(await loadRewardModel(folders.second, engine));
  const deployed = keep(await loadRolloutModel(folders.policy, engine));
  const { config, weights } = await readModel(folders.policy);
  const rollouts = new Map<number, Promise<TrainablePolicy>>();
  const kept = opened.move();
  return {
    world,
    dataset,
    config,
    weights,
    size: reference.size,
    device: reference.plan.provider,
    deployed,
    models: [reference, reward, second],
    reference,
    reward,
    second,
    identities: { policy: reference.identity, reward: reward.identity, second: second.identity },
    rollouts(m) {
      let found = rollouts.get(m);
      if (found === undefined) {
        found = loadRolloutModel(folders.policy, { ...engine, tile: m });
        rollouts.set(m, found);
        kept.defer(async () => (await found!).close());
      }
      return found;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
