import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { experimentIn, type ExperimentKind } from "@touchstone/report";
import { experimentFiles, readExperiment } from "./experiments.ts";

/** An experiment that `train` has begun. */
interface TrainedExperiment {
  readonly name: string;
  /** Undefined while it has no tables. */
  readonly kind: ExperimentKind | undefined;
  /** `partial`: there are tables of the runs that have ended so far. */
  readonly state: "unfinished" | "partial" | "finished";
  /** When it ended, or undefined. */
  readonly ended: string | undefined;
  readonly description: string;
  readonly path: string;
}

/** An experiment as `ls` shows it: built-in, or one that `train` has begun. */
interface ListedExperiment {
  readonly name: string;
  readonly summary: string;
  readonly kind: string | undefined;
  readonly state: TrainedExperiment["state"] | "not begun";
  /** Its file; of one that is not built in, its folder. */
  readonly path: string;
  /** Where its tables are or will be, once it was begun. */
  readonly folder: string | undefined;
}

/** The built-in experiments with what became of them in a folder, then the others that were begun there. */
export async function listExperiments(folder: string): Promise<readonly ListedExperiment[]> {
  const [files, trained] = await Promise.all([experimentFiles(), trainedExperiments(folder)]);
  const builtIn = await Promise.all(
    files.map(async ({ name, path }): Promise<ListedExperiment> => {
      const { kind, description = "" } = (await readExperiment(path)) as { kind?: string; description?: string };
      const found = trained.find((one) => one.name === name);
      const state = found?.state ?? "not begun";
      return { name, summary: summaryOf(found, description), kind, state, path, folder: found?.path };
    }),
  );
  const others = trained
    .filter(({ name }) => files.every((file) => file.name !== name))
    .map((one): ListedExperiment => {
      const { name, kind, state, path, description } = one;
      return { name, summary: summaryOf(one, description), kind, state, path, folder: path };
    });
  return [...builtIn, ...others];
}

function summaryOf(found: TrainedExperiment | undefined, description: string): string {
  const state = found?.state ?? "not begun";
  const when = found?.ended === undefined ? state : `${state} ${found.ended.slice(0, 10)}`;
  return description === "" ? when : `${when}: ${description}`;
}

async function trainedExperiments(folder: string): Promise<TrainedExperiment[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => wasTrainedIn(join(folder, name)));
  return Promise.all(names.toSorted().map((name) => describe(name, join(folder, name))));
}

/** The folder of an experiment that `train` has begun, given by name or path; undefined where there is none. */
export function findTrained(reference: string, folder: string): string | undefined {
  const isName = !/[\\/]/.test(reference);
  return [...(isName ? [join(folder, reference)] : []), resolve(reference)].find(wasTrainedIn);
}

function wasTrainedIn(path: string): boolean {
  return existsSync(join(path, "runs")) || experimentIn(path) !== undefined;
}

async function describe(name: string, path: string): Promise<TrainedExperiment> {
  const kind = experimentIn(path);
  // What is damaged is said when the experiment is read.
  const manifest = await readFile(join(path, "experiment.json"), "utf8")
    .then((text) => JSON.parse(text) as { readonly ended?: string | null; readonly description?: string })
    .catch(() => ({}) as { readonly ended?: string | null; readonly description?: string });
  const ended = manifest.ended ?? undefined;
  const state = kind === undefined ? "unfinished" : ended === undefined ? "partial" : "finished";
  return { name, kind, state, ended, description: manifest.description ?? "", path };
}
