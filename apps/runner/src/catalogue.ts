import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { TouchstoneError, type Split } from "@touchstone/core";
import type { Catalogue } from "@touchstone/evaluation";
import type { Imported } from "@touchstone/import";
import { isManifestPath, listDatasets, parseManifest, type DatasetManifest } from "@touchstone/tasks";
import { methodsFor } from "./external-methods.ts";
import { namedImports, rewardNames } from "./imports.ts";
import { fixedMethods, givenMethods } from "./method-references.ts";
import { parseModelReference, spellModelReference } from "./model-reference.ts";
import { leadsToModel, listModels } from "./models.ts";
import { PLACES } from "./places.ts";
import { withReferences } from "./suite-references.ts";

/** What a suite may name: the built-in things, what was imported into its pool, and the datasets that it names by path. */
export async function catalogueFor(given: unknown, imports: readonly Imported[]): Promise<Catalogue> {
  const [methods, models, builtIn, named] = await Promise.all([
    methodsFor(givenMethods(given)),
    listModels(),
    listDatasets(PLACES.datasets),
    Promise.all(datasetPaths(given).map(async (path) => ({ ...(await readManifest(path)), name: path }))),
  ]);
  const ofRole = (role: "policy" | "reward-model") => models.filter((m) => m.role === role).map((m) => m.name);
  return {
    methods,
    datasets: [
      ...[...builtIn, ...named].map(({ name, splits }) => ({ name, splits: Object.keys(splits) as Split[] })),
      ...imports.map(({ name, splits }) => ({ name, splits: Object.keys(splits) as Split[] })),
    ],
    models: [...ofRole("policy"), ...imports.map(({ name }) => name)],
    rewardModels: [...ofRole("reward-model"), ...namedImports(given, imports).flatMap(rewardNames)],
    recorded: new Map(imports.map(({ name, samplesPerProblem }) => [name, samplesPerProblem.fewest])),
    leadsToModel,
  };
}

/**
 * A suite whose paths mean the same wherever it is read again: a model folder, a dataset's manifest or the folder of a package of
 * methods becomes absolute, and one of the built-in models its name. Anything but a list of texts is left for the suite's own check, and so are the names
 * of imports.
 */
export function withFixedPaths(given: unknown, imports: readonly Imported[] = []): unknown {
  if (typeof given !== "object" || given === null) return given;
  const names = new Set(imports.flatMap((imported) => [imported.name, ...rewardNames(imported)]));
  const suite = withReferences(given, (reference) =>
    names.has(reference) ? reference : spellModelReference(parseModelReference(reference)),
  ) as Readonly<Record<string, unknown>>;
  const dataset = (value: unknown) => {
    const { name } = (value ?? {}) as { readonly name?: unknown };
    return typeof name === "string" && isManifestPath(name) ? { ...(value as object), name: resolve(name) } : value;
  };
  return {
    ...suite,
    ...(Array.isArray(suite["methods"]) ? { methods: fixedMethods(suite["methods"]) } : {}),
    ...(Array.isArray(suite["datasets"]) ? { datasets: suite["datasets"].map(dataset) } : {}),
  };
}

function datasetPaths(given: unknown): string[] {
  const datasets = (given as { readonly datasets?: unknown } | null | undefined)?.datasets;
  if (!Array.isArray(datasets)) return [];
  return datasets.flatMap((dataset: unknown) => {
    const name = (dataset as { readonly name?: unknown } | null)?.name;
    return typeof name === "string" && isManifestPath(name) ? [name] : [];
  });
}

async function readManifest(path: string): Promise<DatasetManifest> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new TouchstoneError({
      code: "unknown-dataset",
      family: "usage",
      what: `There is no readable dataset manifest at this path (${cause.code ?? "unknown reason"}).`,
      value: path,
      fix: "Give a name from `./touchstone ls datasets`, or the path of a manifest; datasets/arith.json is an example.",
      cause,
    });
  });
  return parseManifest(text, path);
}
