import { EXPERIMENT_VERSION, type LaserTrainingManifest } from "@touchstone/core";
import type { LocalLanguageModel, LocalRewardModel } from "@touchstone/inference";
import { machineOf, touchstoneOf } from "./machine.ts";
import { describeModel } from "./manifest.ts";

type Made = Omit<LaserTrainingManifest, "experiment" | "experiment_resolved" | "ended">;

/** What experiment.json says of every kind of experiment: what it is, this program, this machine, and the models, each once. */
export async function experimentMade(
  { description, smoke }: { readonly description: string; readonly smoke: boolean },
  argv: readonly string[],
  models: readonly (LocalLanguageModel | LocalRewardModel)[],
  started: string,
): Promise<Made> {
  const distinct = [...new Map(models.map((model) => [model.folder, model])).values()];
  const all = (of: (model: LocalLanguageModel | LocalRewardModel) => string) =>
    [...new Set(distinct.map(of))].join(", ");
  return {
    version: EXPERIMENT_VERSION,
    description,
    smoke,
    touchstone: await touchstoneOf(),
    argv: [...argv],
    machine: machineOf(
      all(({ identity }) => identity.runtime.replace(/^.*@/, "")),
      all(({ identity }) => identity.provider),
    ),
    models: await Promise.all(
      distinct.map((model) => {
        const isPolicy = "sample" in model;
        return describeModel(isPolicy ? "policy" : "reward-model", model, isPolicy ? null : (model.planted ?? null));
      }),
    ),
    started,
  };
}
