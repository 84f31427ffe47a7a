import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  contrastRow,
  deployedProblemRow,
  deploymentRow,
  effectRow,
  payOffRow,
  policyRow,
  POST_TRAINING_VERSION,
  postTrainingManifest,
  tailRow,
  TouchstoneError,
  trainingCurveRow,
  trainingLedgerRow,
  type PostTrainingResults,
} from "@touchstone/core";
import { fromCsv, toCsv } from "./csv.ts";
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
  const manifest = postTrainingManifest.parse(results.manifest);
  await writeAtomically(paths.manifest, `${JSON.stringify(manifest, null, 2)}\n`);
  return paths;
}

/** Whether a folder holds a finished comparison. */
export function isPostTraining(folder: string): boolean {
  return existsSync(postTrainingPaths(folder).manifest) && existsSync(postTrainingPaths(folder).policies);
}

/** A comparison as it was written. Throws `run-not-found`, `run-version`, `damaged-table` or `damaged-file`. */
export async function readPostTraining(folder: string): Promise<PostTrainingResults> {
  const paths = postTrainingPaths(folder);
  const manifest = manifestOf(paths.manifest, await readText(paths.manifest));
  return {
    manifest,
    policies: fromCsv(paths.policies, policyRow, await readText(paths.policies)),
    training: fromCsv(paths.training, trainingCurveRow, await readText(paths.training)),
    deployment: fromCsv(paths.deployment, deploymentRow, await readText(paths.deployment)),
    problems: fromCsv(paths.problems, deployedProblemRow, await readText(paths.problems)),
    contrasts: fromCsv(paths.contrasts, contrastRow, await readText(paths.contrasts)),
    effects: fromCsv(paths.effects, effectRow, await readText(paths.effects)),
    payOff: fromCsv(paths.payOff, payOffRow, await readText(paths.payOff)),
    tail: fromCsv(paths.tail, tailRow, await readText(paths.tail)),
    ledger: fromCsv(paths.ledger, trainingLedgerRow, await readText(paths.ledger)),
  };
}

/** The page of a comparison: the template with its data in it. */
export function renderPostTrainingPage(template: string, results: PostTrainingResults): string {
  return pageWith(template, postTrainingPageData(results));
}

/** Writes the page beside the tables. */
export async function writePostTrainingPage(folder: string, html: string): Promise<void> {
  await writeAtomically(postTrainingPaths(folder).report, html);
}

function manifestOf(path: string, text: string): PostTrainingResults["manifest"] {
  const version = versionOf(text);
  if (version !== undefined && version !== POST_TRAINING_VERSION) {
    throw new TouchstoneError({
      code: "run-version",
      family: "input",
      what: `The comparison is of version ${String(version)}; this Touchstone reads ${POST_TRAINING_VERSION}.`,
      value: path,
      fix: "Run `./touchstone train` again: finished trainings are kept.",
    });
  }
  try {
    return postTrainingManifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new TouchstoneError({
      code: "damaged-file",
      family: "input",
      what: "A file of the comparison cannot be read.",
      value: path,
      fix: "Run `./touchstone train` again: finished trainings are kept, so that only the tables are made anew.",
      cause,
    });
  }
}

function versionOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly version?: unknown }).version;
  } catch {
    return undefined;
  }
}
