import { join } from "node:path";
import {
  laserEvaluationRow,
  laserRankingRow,
  laserStepRow,
  laserTrainingManifest,
  laserVoteRow,
  type LaserTables,
  type LaserTrainingManifest,
} from "@touchstone/core";
import { toCsv } from "./csv.ts";
import { writeAtomically } from "./files.ts";

/** Files of an experiment that trains by reward models. */
const FILES = {
  evaluations: "evaluations.csv",
  steps: "steps.csv",
  ranking: "ranking.csv",
  votes: "votes.csv",
  manifest: "experiment.json",
} as const;

/** Writes the tables as far as there are any, the manifest first. Throws `unwritable-row`, `unwritable-folder` or `disk-full`. */
export async function writeLaserTraining(
  folder: string,
  manifest: LaserTrainingManifest,
  tables: LaserTables,
): Promise<Readonly<Record<keyof typeof FILES, string>>> {
  const paths = Object.fromEntries(Object.entries(FILES).map(([what, file]) => [what, join(folder, file)])) as Record<
    keyof typeof FILES,
    string
  >;
  await writeAtomically(paths.manifest, `${JSON.stringify(laserTrainingManifest.parse(manifest), null, 2)}\n`);
  await writeAtomically(paths.evaluations, toCsv(FILES.evaluations, laserEvaluationRow, tables.evaluations));
  await writeAtomically(paths.steps, toCsv(FILES.steps, laserStepRow, tables.steps));
  await writeAtomically(paths.ranking, toCsv(FILES.ranking, laserRankingRow, tables.ranking));
  await writeAtomically(paths.votes, toCsv(FILES.votes, laserVoteRow, tables.votes));
  return paths;
}
