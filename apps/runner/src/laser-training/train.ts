import { join, resolve } from "node:path";
import type { LaserTables, LaserTrainingManifest } from "@touchstone/core";
import {
  conductLaser,
  laserFinals,
  laserRunFolder,
  laserTrials,
  openLaserScene,
  readLaserExperiment,
  type LaserExperiment,
  type LaserRunSpec,
  type OpenLaserScene,
} from "@touchstone/experiments/laser";
import { writeLaserTraining } from "@touchstone/report";
import { loadDataset } from "@touchstone/tasks";
import type { TrainOptions } from "../commands/train.ts";
import { print, say, type Context } from "../context.ts";
import { experimentMade } from "../experiment-made.ts";
import { modelFolder } from "../models.ts";
import { PLACES } from "../places.ts";
import { lockExperiment } from "../post-training/lock.ts";
import { exportLaserPolicies } from "./export.ts";
import { LaserProgress } from "./progress.ts";

/** Trains policies by reward models under every rule of an experiment; finished runs are found again in its folder. */
export async function trainLaser(given: unknown, options: TrainOptions, context: Context): Promise<void> {
  const { interruption, argv } = context;
  const { dryRun = false, quiet = false, json } = options;
  const experiment = readLaserExperiment(given);
  const folder = join(resolve(options.out ?? PLACES.experiments), experiment.name);
  const line = planLine(experiment);
  if (dryRun) {
    print(json ? JSON.stringify({ experiment, folder }) : line);
    return;
  }
  await using _lock = await lockExperiment(folder);
  if (!quiet) say(line);
  interruption.enter("loading");
  const dataset = await loadDataset(PLACES.datasets, experiment.dataset);
  await using scene = await openLaserScene({
    dataset,
    folders: {
      policy: modelFolder(experiment.policy),
      rewardModels: new Map(experiment.rewardModels.map((name) => [name, modelFolder(name)])),
    },
    engine: { device: options.device ?? "cpu" },
  });
  const identities = { models: scene.identities, dataset: dataset.version };
  const manifest = await manifestOf(experiment, scene, argv);
  const progress = quiet ? undefined : new LaserProgress(process.stderr);
  let tables: LaserTables;
  interruption.enter("training");
  try {
    tables = await conductLaser({
      experiment,
      scene,
      identities,
      folder,
      signal: interruption.signal,
      onActivity: (activity) => progress?.update(activity),
      // A run that is stopped has the tables of what had ended.
      onTables: async (soFar) => void (await writeLaserTraining(folder, manifest, soFar)),
    });
  } finally {
    progress?.stop();
  }
  interruption.enter("writing the report");
  const paths = await writeLaserTraining(folder, { ...manifest, ended: new Date().toISOString() }, tables);
  const { reportExperiment } = await import("../experiment-report.ts");
  const { lines: came } = await reportExperiment(folder, "laser");
  const exported =
    options.export === undefined
      ? []
      : await exportLaserPolicies(resolve(options.export), {
          experiment,
          tables,
          manifest,
          folder,
          runOf: ({ learning_rate: rate, ...row }) =>
            laserRunFolder({ ...row, rate, role: "final" } as LaserRunSpec, experiment, identities),
        });
  if (json) {
    print(JSON.stringify({ experiment: folder, ...paths, exported }));
    return;
  }
  came.forEach(print);
  for (const path of exported) print(`Model: ${path}`);
  print(`Experiment: ${folder}`);
}

function planLine(experiment: LaserExperiment): string {
  const { name, dataset, policy, rewardModels, rules, training, seeds, smoke } = experiment;
  const { iterations, steps, prompts, responses, pairs } = training;
  const runs = laserFinals(experiment, 0).length;
  const trials = laserTrials(experiment).length;
  return (
    `${name}: ${policy} on ${dataset}, reward models ${rewardModels.join(", ")}; ${rules.join(", ")} with ${seeds.length} seeds: ` +
    `${trials === 0 ? "" : `${trials} trials and `}${runs} runs of ${iterations} × ${steps} steps, ${prompts} prompts with ${responses} responses and ${pairs} pairs each` +
    (smoke ? "; smoke: no verdict" : "")
  );
}

async function manifestOf(
  experiment: LaserExperiment,
  { stored: { policy, rewardModels } }: OpenLaserScene,
  argv: readonly string[],
): Promise<LaserTrainingManifest> {
  return {
    ...(await experimentMade(experiment, argv, [policy, ...rewardModels], new Date().toISOString())),
    experiment: experiment.name,
    experiment_resolved: experiment,
    ended: null,
  };
}
