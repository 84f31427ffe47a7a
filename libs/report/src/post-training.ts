import { join } from "node:path";
import {
  contrastRow,
  deployedProblemRow,
  deploymentRow,
  effectRow,
  payOffRow,
  policyRow,
  postTrainingManifest,
  tailRow,
  trainingCurveRow,
  trainingLedgerRow,
  type PostTrainingResults,
} from "@touchstone/core";
import { fromCsv, toCsv } from "./csv.ts";
import { flawOf, readExperimentManifest, writeExperimentManifest } from "./experiment-folder.ts";
import { readText, writeAtomically } from "./files.ts";
import { pageWith } from "./page-data.ts";
import { postTrainingPageData } from "./post-training-data.ts";

/** The files of a comparison's folder, by what they hold. */
export const POST_TRAINING_FILES = {
  policies: "policies.csv",
  training: "training.csv",
  deployment: "deployment.csv",
  problems: "problems.csv",
  contrasts: "contrasts.csv",
  effects: "effects.csv",
  payOff: "pay-off.csv",
  tail: "tail.csv",
  ledger: "ledger.csv",
  manifest: "experiment.json",
  report: "report.html",
} as const;

export type PostTrainingPaths = Readonly<Record<keyof typeof POST_TRAINING_FILES, string>>;

export function postTrainingPaths(folder: string): PostTrainingPaths {
  const entries = Object.entries(POST_TRAINING_FILES).map(([what, file]) => [what, join(folder, file)]);
  return Object.fromEntries(entries) as PostTrainingPaths;
}

/**
 * Writes the tables and, last of all, experiment.json: a folder that has one holds a whole comparison. Throws `unwritable-row`,
 * `unwritable-folder` or `disk-full`.
 */
export async function writePostTraining(folder: string, results: PostTrainingResults): Promise<PostTrainingPaths> {
  const paths = postTrainingPaths(folder);
  const { policies, training, deployment, problems, contrasts, effects, payOff, tail, ledger } = POST_TRAINING_FILES;
  const files: [path: string, content: string][] = [
    [paths.policies, toCsv(policies, policyRow, results.policies)],
    [paths.training, toCsv(training, trainingCurveRow, results.training)],
    [paths.deployment, toCsv(deployment, deploymentRow, results.deployment)],
    [paths.problems, toCsv(problems, deployedProblemRow, results.problems)],
    [paths.contrasts, toCsv(contrasts, contrastRow, results.contrasts)],
    [paths.effects, toCsv(effects, effectRow, results.effects)],
    [paths.payOff, toCsv(payOff, payOffRow, results.payOff)],
    [paths.tail, toCsv(tail, tailRow, results.tail)],
    [paths.ledger, toCsv(ledger, trainingLedgerRow, results.ledger)],
  ];
  for (const [path, content] of files) await writeAtomically(path, content);
  await writeExperimentManifest(paths.manifest, postTrainingManifest, results.manifest);
  return paths;
}

/** A comparison as it was written. Throws `run-not-found`, `run-version`, `damaged-table` or `damaged-file`. */
export async function readPostTraining(folder: string): Promise<PostTrainingResults> {
  const paths = postTrainingPaths(folder);
  const manifest = await readExperimentManifest(paths.manifest, postTrainingManifest);
  const planted = (row: Readonly<Record<string, string>>) => flawOf(manifest, row["reward_model"]);
  const second = (row: Readonly<Record<string, string>>) => flawOf(manifest, row["second_reward_model"]);
  return {
    manifest,
    policies: fromCsv(paths.policies, policyRow, await readText(paths.policies), { planted, second_planted: second }),
    training: fromCsv(paths.training, trainingCurveRow, await readText(paths.training), { planted }),
    deployment: fromCsv(paths.deployment, deploymentRow, await readText(paths.deployment), { planted }),
    problems: fromCsv(paths.problems, deployedProblemRow, await readText(paths.problems), { planted }),
    contrasts: fromCsv(paths.contrasts, contrastRow, await readText(paths.contrasts), { planted }),
    effects: fromCsv(paths.effects, effectRow, await readText(paths.effects), { planted }),
    payOff: fromCsv(paths.payOff, payOffRow, await readText(paths.payOff), { planted }),
    tail: fromCsv(paths.tail, tailRow, await readText(paths.tail), { planted }),
    ledger: fromCsv(paths.ledger, trainingLedgerRow, await readText(paths.ledger), { planted }),
  };
}

/** The page of a comparison: the template with its data in it. */
export function renderPostTrainingPage(template: string, results: PostTrainingResults): string {
  return pageWith(template, postTrainingPageData(results));
}
