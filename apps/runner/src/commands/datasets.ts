import { dirname, join, resolve } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import {
  datasetCache,
  isManifestPath,
  isPresent,
  listDatasets,
  pullDataset,
  readManifest,
  sizeOf,
  verifyDataset,
  type DatasetManifest,
  type Fault,
} from "@touchstone/tasks";
import { print, say, type Context } from "../context.ts";
import { bytes, downloadProgress } from "../download-progress.ts";
import { PLACES } from "../places.ts";

export interface DatasetsOptions {
  readonly acceptLicence?: true | undefined;
  readonly renew?: true | undefined;
  readonly mirror?: string | undefined;
  readonly cache?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

const ACTIONS = ["pull", "ls", "verify"] as const;

/** A manifest, and where its files lie. */
interface Known {
  readonly manifest: DatasetManifest;
  readonly home: string;
}

/** `datasets`: fetch what papers measure on, say what is here, and hold it against its checksums. */
export async function datasets(
  action: string,
  names: readonly string[],
  options: DatasetsOptions,
  context: Context,
): Promise<void> {
  const cache = resolve(options.cache ?? datasetCache(PLACES.datasets));
  switch (action as (typeof ACTIONS)[number]) {
    case "pull":
      return pull(await chosen(names, cache), cache, options, context);
    case "ls":
      return list(names.length === 0 ? await all(cache) : await chosen(names, cache), options);
    case "verify":
      return verify(
        names.length === 0 ? await all(cache) : await chosen(names, cache),
        names.length > 0,
        cache,
        options,
      );
    default:
      throw new TouchstoneError({
        code: "unknown-action",
        family: "usage",
        what: "There is nothing of this name to do with datasets.",
        value: action,
        fix: `Choose one of: ${ACTIONS.join(", ")}.`,
      });
  }
}

async function pull(
  known: readonly Known[],
  cache: string,
  { acceptLicence, renew, mirror, json, quiet }: DatasetsOptions,
  { interruption }: Context,
): Promise<void> {
  if (known.length === 0) {
    throw new TouchstoneError({
      code: "nothing-to-pull",
      family: "usage",
      what: "The command does not say which datasets to download.",
      value: "no name",
      fix: "Name some of those that `./touchstone datasets ls` shows.",
    });
  }
  const rows: object[] = [];
  for (const { manifest, home } of known) {
    if (!manifest.download) {
      rows.push({ name: manifest.name, revision: manifest.revision, fetched: [], home });
      if (!json) print(`${manifest.name}: comes with Touchstone`);
      continue;
    }
    interruption.enter("downloading");
    const progress = downloadProgress(process.stderr, quiet === true);
    try {
      const { record, fetched, moved } = await pullDataset(manifest, cache, {
        acceptLicence,
        renew,
        signal: interruption.signal,
        token: process.env["HF_TOKEN"],
        endpoints: { mirror: mirror ?? process.env["TOUCHSTONE_MIRROR"], hub: process.env["HF_ENDPOINT"] },
        onProgress: progress.update,
      });
      progress.stop();
      const { revision } = record;
      rows.push({ name: manifest.name, revision, fetched, home, files: record.files });
      if (moved !== undefined && !quiet) say(`${manifest.name} was at ${moved} and is now at ${revision}.`);
      if (json) continue;
      print(
        `${manifest.name}: ${fetched.length === 0 ? "was there already" : counted(fetched.length)} (${revision.slice(0, 12)}, ${manifest.licence})`,
      );
    } finally {
      progress.stop();
    }
  }
  if (json) print(JSON.stringify(rows));
}

async function list(known: readonly Known[], { json }: DatasetsOptions): Promise<void> {
  const rows = await Promise.all(
    known.map(async ({ manifest, home }) => {
      const { name, description, source, revision, licence, terms, splits, extractor, grader } = manifest;
      const problems = Object.fromEntries(Object.entries(splits).map(([split, one]) => [split, one?.problems ?? null]));
      const state = !manifest.download ? "built-in" : isPresent(manifest, home) ? "here" : "not pulled";
      const size = (await sizeOf(manifest, home)) ?? null;
      return {
        name,
        state,
        bytes: size,
        licence,
        terms: terms ?? null,
        problems,
        extractor,
        grader,
        source,
        revision,
        home,
        description,
      };
    }),
  );
  if (json) {
    print(JSON.stringify(rows, null, 2));
    return;
  }
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  for (const { name, state, bytes: size, licence, terms } of rows) {
    const shown = size === null ? "size unknown" : bytes(size);
    print(
      `${name.padEnd(width)}  ${state.padEnd(10)}  ${shown.padStart(12)}  ${licence}${terms === null ? "" : " (--accept-licence)"}`,
    );
  }
}

async function verify(
  known: readonly Known[],
  named: boolean,
  cache: string,
  { json }: DatasetsOptions,
): Promise<void> {
  const rows: { readonly name: string; readonly faults: readonly Fault[] }[] = [];
  for (const { manifest, home } of known) {
    // What was never asked for is not missing.
    if (!named && manifest.download && !isPresent(manifest, home)) continue;
    rows.push({ name: manifest.name, faults: await verifyDataset(manifest, home, cache) });
  }
  const first = rows.find(({ faults }) => faults.length > 0);
  if (!first) {
    if (json) print(JSON.stringify(rows));
    else for (const { name } of rows) print(`${name}: every file is as its manifest says`);
    return;
  }
  const { file, why, expected, found } = first.faults[0]!;
  const others = rows.reduce((sum, { faults }) => sum + faults.length, 0) - 1;
  const more = others > 0 ? ` (and ${others} more)` : "";
  throw new TouchstoneError({
    code: why === "missing" ? "dataset-not-pulled" : "checksum-mismatch",
    family: "input",
    what:
      why === "missing"
        ? `The file ${file} of ${first.name} is not there${more}.`
        : `The file ${file} of ${first.name} is not the one of its manifest: sha256 should be ${expected}${more}.`,
    value: found ?? "nothing",
    fix: `Type: ./touchstone datasets pull ${first.name}`,
  });
}

async function all(cache: string): Promise<readonly Known[]> {
  return (await listDatasets(PLACES.datasets)).map((manifest) => ({
    manifest,
    home: homeOf(manifest, PLACES.datasets, cache),
  }));
}

/** The named ones; a name may be the path of a manifest. */
async function chosen(names: readonly string[], cache: string): Promise<readonly Known[]> {
  const builtIn = await all(cache);
  return Promise.all(
    names.map(async (name) => {
      if (isManifestPath(name)) {
        const manifest = await readManifest(resolve(name));
        return { manifest, home: homeOf(manifest, dirname(resolve(name)), cache) };
      }
      const found = builtIn.find(({ manifest }) => manifest.name === name);
      if (found) return found;
      const { suggestion } = await import("@touchstone/evaluation");
      throw new TouchstoneError({
        code: "unknown-dataset",
        family: "usage",
        what: "There is no such dataset.",
        value: name,
        fix: suggestion(
          name,
          builtIn.map(({ manifest }) => manifest.name),
          "dataset",
        ),
      });
    }),
  );
}

function homeOf(manifest: DatasetManifest, beside: string, cache: string): string {
  return manifest.download ? join(cache, manifest.name) : beside;
}

function counted(files: number): string {
  return `${files} ${files === 1 ? "file" : "files"} downloaded and checked`;
}
