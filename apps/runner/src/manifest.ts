import { readdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { RESULTS_VERSION, type Manifest } from "@touchstone/core";
import { chosenProblems, type FillReport, type Tuned } from "@touchstone/evaluation";
import { datasetDigests, isManifestPath } from "@touchstone/tasks";
import { methodPackages } from "./external-methods.ts";
import { generationOf } from "./generation-record.ts";
import { datasetPath, type Loaded } from "./loading.ts";
import { fileSha256, machineOf, touchstoneOf } from "./machine.ts";
import { PLACES, ROOT } from "./places.ts";
import type { RunRecord } from "./run-record.ts";

/** Everything needed to know what was run, and to run it again. */
export async function manifestOf(
  record: RunRecord,
  { setting, models, rewardModels, imports }: Loaded,
  filled: FillReport,
  tuned: Pick<Tuned, "summary" | "filled">,
): Promise<Manifest> {
  const { suite } = setting;
  const samples = filled.samples + (tuned.filled?.samples ?? 0);
  const all = [...models.values(), ...rewardModels.values()];
  return {
    version: RESULTS_VERSION,
    run: record.run,
    suite: suite.name,
    touchstone: await touchstoneOf(),
    argv: record.argv,
    machine: machineOf(
      [...new Set(all.map(({ identity }) => identity.runtime.replace(/^.*@/, "")))].join(", "),
      [...new Set(all.map(({ identity }) => identity.provider))].join(", "),
    ),
    models: await Promise.all([
      ...[...models.values()].map(async (model) => ({
        ...(await describeModel("policy", model, null)),
        ...(await generationOf("folder" in model ? model.folder : undefined, record.suite_as_given, suite)),
      })),
      ...[...rewardModels.values()].map((model) => describeModel("reward-model", model, model.planted ?? null)),
    ]),
    datasets: await Promise.all(suite.datasets.map((choice) => describeDataset(choice, setting, imports))),
    ...(await methodPackages(suite.methods)),
    suite_as_given: record.suite_as_given,
    suite_resolved: suite,
    seeds: [...suite.seeds],
    pool: {
      location: fromRoot(record.pool),
      samples,
      drawn_in_this_run: Math.max(0, samples - record.stored_at_start),
    },
    ...(tuned.summary ? { tuning: tuned.summary } : {}),
    started: record.started,
    ended: new Date().toISOString(),
  };
}

type AnyModel = NonNullable<ReturnType<(Loaded["models"] | Loaded["rewardModels"])["get"]>>;

/** A model behind a server, or of a backend beside the built-in ones, has no files here. */
type Elsewhere = { readonly report: { readonly url: string; readonly model: string } } | { readonly reference: string };

/** A model as a manifest describes it. */
export async function describeModel(
  role: "policy" | "reward-model",
  { identity, size, ...place }: Pick<AnyModel, "identity" | "size"> & ({ readonly folder: string } | Elsewhere),
  planted: string | null,
): Promise<Manifest["models"][number]> {
  return {
    role,
    name: identity.name,
    path: placeOf(place),
    identity: { ...identity },
    parameters_total: known(size.total),
    parameters_active: known(size.active),
    files_sha256: "folder" in place ? await modelFiles(place.folder) : {},
    planted,
  };
}

function placeOf(place: { readonly folder: string } | Elsewhere): string {
  if ("folder" in place) return fromRoot(place.folder);
  return "reference" in place ? place.reference : `${place.report.url}#${place.report.model}`;
}

/** Null: what was imported does not say. */
function known(parameters: number): number | null {
  return Number.isNaN(parameters) ? null : parameters;
}

/** Every file that decides what a model computes; cards and pictures do not. */
export async function modelFiles(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter(
    (name) => /\.(json|safetensors|jinja|model)$/.test(name) && name !== "card.json",
  );
  return Object.fromEntries(
    await Promise.all(names.toSorted().map(async (name) => [name, await fileSha256(join(folder, name))] as const)),
  );
}

async function describeDataset(
  { name, split, limit }: Loaded["setting"]["suite"]["datasets"][number],
  { datasets }: Loaded["setting"],
  imports: Loaded["imports"],
): Promise<Manifest["datasets"][number]> {
  const dataset = datasets.get(name)!;
  const given = datasetPath(name, imports);
  const path = isManifestPath(given) ? given : join(PLACES.datasets, `${name}.json`);
  const files = await datasetDigests(PLACES.datasets, path, split);
  const problems = chosenProblems(dataset, split, limit);
  return {
    name: dataset.name,
    version: dataset.version,
    split,
    problems: problems.length,
    clusters: new Set(problems.map(({ cluster }) => cluster)).size,
    licence: dataset.licence,
    // Loading has held the problems against the manifest's checksum.
    files_sha256: { [basename(path)]: await fileSha256(path), ...files },
  };
}

/** What lies in the clone is named from there, so that a published manifest reads the same on every machine. */
function fromRoot(folder: string): string {
  const inside = relative(ROOT, folder);
  return inside.startsWith("..") ? folder : inside.replaceAll("\\", "/");
}
