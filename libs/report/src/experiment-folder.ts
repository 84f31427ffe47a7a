import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXPERIMENT_VERSION, TouchstoneError } from "@touchstone/core";
import type { z } from "zod";
import { readText, writeAtomically } from "./files.ts";

/** Kinds of experiments, and the table that only one of them writes. */
const TABLES = { "post-training": "policies.csv", laser: "evaluations.csv" } as const;
export type ExperimentKind = keyof typeof TABLES;

/** What kind of experiment has written its tables into a folder; undefined where none has. */
export function experimentIn(folder: string): ExperimentKind | undefined {
  if (!existsSync(join(folder, "experiment.json"))) return undefined;
  return (Object.keys(TABLES) as ExperimentKind[]).find((kind) => existsSync(join(folder, TABLES[kind])));
}

/** Writes the page of an experiment beside its tables; where it lies. */
export async function writeExperimentPage(folder: string, html: string): Promise<string> {
  const path = join(folder, "report.html");
  await writeAtomically(path, html);
  return path;
}

/** Writes experiment.json. */
export async function writeExperimentManifest(path: string, schema: z.ZodType, manifest: object): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(schema.parse(manifest), null, 2)}\n`);
}

/** Reads experiment.json. Throws `run-not-found`, `run-version` or `damaged-file`. */
export async function readExperimentManifest<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(path);
  const version = versionOf(text);
  if (version !== undefined && version !== EXPERIMENT_VERSION) {
    throw new TouchstoneError({
      code: "run-version",
      family: "input",
      what: `The experiment is of version ${String(version)}; this Touchstone reads ${EXPERIMENT_VERSION}.`,
      value: path,
      fix: "Run `./touchstone train` again: finished trainings are kept.",
    });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TouchstoneError({
      code: "damaged-file",
      family: "input",
      what: "A file of the experiment cannot be read.",
      value: path,
      fix: "Run `./touchstone train` again: finished trainings are kept, so that only the tables are made anew.",
      cause,
    });
  }
}

function versionOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly version?: unknown } | null)?.version;
  } catch {
    return undefined;
  }
}

interface Planted {
  readonly models: readonly { readonly name: string; readonly planted: string | null }[];
}

/** What tables that were written before they had it are read with: the deliberate flaw of a reward model, from the manifest beside them. */
export function flawOf({ models }: Planted, name: string | undefined): string {
  return models.find((model) => model.name === name)?.planted ?? "";
}

/** Of all reward models together. */
export function flawsOf({ models }: Planted): string {
  return models.flatMap(({ name, planted }) => (planted === null ? [] : [`${name}: ${planted}`])).join("; ");
}
