import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { PostTrainingManifest, PostTrainingResults } from "@touchstone/core";
import { suggestion } from "@touchstone/evaluation";
import {
  conduct,
  contestantsOf,
  estimate,
  openScene,
  readComparison,
  tablesOf,
  type Comparison,
  type ConductedScene,
  type Contestant,
  type OpenScene,
  type WorldCost,
} from "@touchstone/experiments/post-training";
import { writePostTraining } from "@touchstone/report";
import { loadDataset } from "@touchstone/tasks";
import type { TrainOptions } from "../commands/train.ts";
import { print, say, type Context } from "../context.ts";
import { ESTIMATORS } from "../estimators.ts";
import { experimentMade } from "../experiment-made.ts";
import { modelFolder } from "../models.ts";
import { PLACES } from "../places.ts";
import { exportPolicies } from "./export.ts";
import { lockExperiment } from "./lock.ts";
import { TrainProgress } from "./progress.ts";
import { planLines, provenanceOf } from "./words.ts";

/** Runs a comparison of post-training; finished runs are found again in its folder. */
export async function trainPostTraining(given: unknown, options: TrainOptions, context: Context): Promise<void> {
  const { interruption, argv } = context;
  const { dryRun = false, quiet = false, json } = options;
  const started = new Date().toISOString();
  const comparison = readComparison(given);
  const contestants = contestantsOf(comparison, ESTIMATORS, (value, names) => suggestion(value, names, "estimator"));
  const warnings = warningsOf(comparison, contestants);
  if (!quiet) warnings.forEach((warning) => say(`warning: ${warning}`));
  const folder = join(resolve(options.out ?? PLACES.experiments), comparison.name);

  if (!quiet) say("Loading models");
  await using opened = new AsyncDisposableStack();
  const scenes: OpenScene[] = [];
  for (const world of comparison.worlds) {
    interruption.enter("loading");
    const { policy, reward, second } = world;
    const dataset = await loadDataset(PLACES.datasets, world.dataset);
    const folders = { policy: modelFolder(policy), reward: modelFolder(reward), second: modelFolder(second) };
    scenes.push(opened.use(await openScene({ world, dataset, folders, engine: { device: options.device ?? "cpu" } })));
  }
  interruption.enter("estimating the cost");
  const costs: WorldCost[] = [];
  for (const [i, scene] of scenes.entries()) costs.push(await estimate(scene, i, comparison, contestants));
  const lines = planLines(comparison, costs, await finishedRuns(folder));
  if (dryRun) {
    if (json) print(JSON.stringify({ comparison, costs: costs.map(({ of: _of, ...cost }) => cost) }));
    else lines.forEach(print);
    return;
  }
  await using _lock = await lockExperiment(folder);
  if (!quiet) lines.forEach(say);

  const progress = quiet ? undefined : new TrainProgress(process.stderr, costs);
  const conducted: ConductedScene[] = [];
  try {
    for (const [i, scene] of scenes.entries()) {
      interruption.enter("training");
      conducted.push(
        await conduct(scene, i, {
          comparison,
          contestants,
          folder,
          signal: interruption.signal,
          onActivity: (activity) => progress?.update(activity, costs[i]!, comparison.training.steps),
        }),
      );
    }
  } finally {
    progress?.stop();
  }
  interruption.enter("writing the report");
  const manifest = await manifestOf({ comparison, contestants, conducted, scenes, warnings, argv, started });
  const results: PostTrainingResults = { manifest, ...tablesOf(conducted, comparison) };
  const paths = await writePostTraining(folder, results);
  const { reportExperiment } = await import("../experiment-report.ts");
  const { lines: came } = await reportExperiment(folder, "post-training");
  const exported = options.export === undefined ? [] : await exportPolicies(resolve(options.export), folder, results);
  if (json) {
    print(JSON.stringify({ experiment: folder, ...paths, exported }));
    return;
  }
  came.forEach(print);
  print("");
  for (const path of exported) print(`Model: ${path}`);
  print(`Experiment: ${folder}`);
}

/** What estimators cannot do in groups of these sizes, each once. */
function warningsOf(comparison: Comparison, contestants: readonly Contestant[]): readonly string[] {
  const all = contestants.flatMap((contestant) =>
    contestant.sizes.flatMap((m) => comparison.deployed.flatMap((n) => contestant.warnings(m, n))),
  );
  return [...new Set(all)];
}

async function finishedRuns(folder: string): Promise<number> {
  const runs = join(folder, "runs");
  const names = await readdir(runs).catch(() => []);
  const files = await Promise.all(names.map((name) => readdir(join(runs, name)).catch((): string[] => [])));
  return files.filter((own) => own.includes("run.json")).length;
}

interface Made {
  readonly comparison: Comparison;
  readonly contestants: readonly Contestant[];
  readonly conducted: readonly ConductedScene[];
  readonly scenes: readonly OpenScene[];
  readonly warnings: readonly string[];
  readonly argv: readonly string[];
  readonly started: string;
}

async function manifestOf(made: Made): Promise<PostTrainingManifest> {
  const { comparison, contestants, conducted, scenes, warnings, argv, started } = made;
  const models = scenes.flatMap((scene) => scene.models);
  return {
    ...(await experimentMade(comparison, argv, models, started)),
    run: comparison.name,
    comparison: comparison.name,
    datasets: conducted.flatMap(({ scene: { dataset }, problems, validation }) => {
      const { tuning, deployment } = comparison;
      const sets = [
        { split: deployment.split, list: problems },
        { split: tuning.split, list: validation },
        { split: "train" as const, list: dataset.problems("train") },
      ];
      return sets.map(({ split, list }) => ({
        name: dataset.name,
        version: dataset.version,
        split,
        problems: list.length,
        clusters: new Set(list.map(({ cluster }) => cluster)).size,
      }));
    }),
    comparison_resolved: comparison,
    provenance: contestants.map(provenanceOf),
    warnings: [...warnings],
    ended: new Date().toISOString(),
  };
}
