import { join } from "node:path";
import {
  laserEvaluationRow,
  laserRankingRow,
  laserStepRow,
  laserTrainingManifest,
  laserVoteRow,
  type LaserTables,
  type LaserTrainingManifest,
  type LaserTrainingResults,
} from "@touchstone/core";
import { fromCsv, toCsv } from "./csv.ts";
import { flawOf, flawsOf, readExperimentManifest, writeExperimentManifest } from "./experiment-folder.ts";
import { readText, writeAtomically } from "./files.ts";
import { laserTrainingPageData } from "./laser-training-data.ts";
import { pageWith } from "./page-data.ts";

/** Files of an experiment that trains by reward models. */
const FILES = {
  evaluations: "evaluations.csv",
  steps: "steps.csv",
  ranking: "ranking.csv",
  votes: "votes.csv",
  manifest: "experiment.json",
  report: "report.html",
} as const;

type LaserTrainingPaths = Readonly<Record<keyof typeof FILES, string>>;

function laserTrainingPaths(folder: string): LaserTrainingPaths {
  return Object.fromEntries(
    Object.entries(FILES).map(([what, file]) => [what, join(folder, file)]),
  ) as LaserTrainingPaths;
}

/** Writes the tables as far as there are any, the manifest first. Throws `unwritable-row`, `unwritable-folder` or `disk-full`. */
export async function writeLaserTraining(
  folder: string,
  manifest: LaserTrainingManifest,
  tables: LaserTables,
): Promise<LaserTrainingPaths> {
  const paths = laserTrainingPaths(folder);
  await writeExperimentManifest(paths.manifest, laserTrainingManifest, manifest);
  await writeAtomically(paths.evaluations, toCsv(FILES.evaluations, laserEvaluationRow, tables.evaluations));
  await writeAtomically(paths.steps, toCsv(FILES.steps, laserStepRow, tables.steps));
  await writeAtomically(paths.ranking, toCsv(FILES.ranking, laserRankingRow, tables.ranking));
  await writeAtomically(paths.votes, toCsv(FILES.votes, laserVoteRow, tables.votes));
  return paths;
}

/** An experiment as it was written. Throws `run-not-found`, `run-version`, `damaged-table` or `damaged-file`. */
export async function readLaserTraining(folder: string): Promise<LaserTrainingResults> {
  const paths = laserTrainingPaths(folder);
  const manifest = await readExperimentManifest(paths.manifest, laserTrainingManifest);
  const planted = () => flawsOf(manifest);
  const asked = (row: Readonly<Record<string, string>>) => flawOf(manifest, row["reward_model"]);
  return {
    manifest,
    evaluations: fromCsv(paths.evaluations, laserEvaluationRow, await readText(paths.evaluations), { planted }),
    steps: fromCsv(paths.steps, laserStepRow, await readText(paths.steps), { planted, asked_planted: asked }),
    ranking: fromCsv(paths.ranking, laserRankingRow, await readText(paths.ranking), { planted: asked }),
    votes: fromCsv(paths.votes, laserVoteRow, await readText(paths.votes), { planted }),
  };
}

/** The page of an experiment: the template with its data in it. */
export function renderLaserTrainingPage(template: string, results: LaserTrainingResults): string {
  return pageWith(template, laserTrainingPageData(results));
}
