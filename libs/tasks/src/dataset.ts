import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { TouchstoneError, type Dataset, type Problem, type Split } from "@touchstone/core";
import { datasetCache, notPulled, readPullRecord } from "./dataset-cache.ts";
import { filesOfSplit, parseManifest, type DatasetManifest, type FilePart } from "./manifest.ts";
import { EXTRACTORS, GRADERS } from "./metrics.ts";
import { carve, corruptProblem, ProblemReader } from "./problems.ts";
import { readColumns } from "./read-columns.ts";
import { readRecords } from "./read-records.ts";

/** Endings of a manifest's path; anything else is a name. */
const MANIFEST = /\.(json|ya?ml)$/;

/** Whether a reference to a dataset is the path of a manifest. */
export function isManifestPath(reference: string): boolean {
  return MANIFEST.test(reference);
}

/** Manifests of a folder such as `datasets/`, by name. */
export async function listDatasets(folder: string): Promise<DatasetManifest[]> {
  const names = await datasetNames(folder);
  return Promise.all(names.map((name) => readManifest(join(folder, `${name}.json`))));
}

/**
 * The dataset `name` of a folder of manifests, or the one of a manifest's own path (ending in `.json`, `.yaml` or `.yml`). Every
 * file is held against its checksum. What is downloaded lies in `cache`. Throws `unknown-dataset`, `corrupt-manifest`,
 * `missing-file`, `dataset-not-pulled`, `checksum-mismatch`, `corrupt-problem` or `overlapping-splits`.
 */
export async function loadDataset(
  folder: string,
  name: string,
  { cache = datasetCache(folder) }: { readonly cache?: string } = {},
): Promise<Dataset> {
  const path = isManifestPath(name) ? name : join(folder, `${name}.json`);
  if (path !== name && !(await datasetNames(folder)).includes(name)) throw await unknown(folder, name);
  const manifest = await readManifest(path);
  return loadManifest(manifest, manifest.download ? join(cache, manifest.name) : dirname(path), cache);
}

async function loadManifest(manifest: DatasetManifest, home: string, cache: string): Promise<Dataset> {
  const pinned = manifest.download ? await readPullRecord(cache, manifest.name) : undefined;
  const problems = new Map<Split, readonly Problem[]>();
  const digests = new Map<Split, string[]>();
  for (const split of Object.keys(manifest.splits) as Split[]) {
    const files = filesOfSplit(manifest, split);
    if (files.length === 0) continue;
    const reader = new ProblemReader(manifest, split);
    const found: string[] = [];
    for (const file of files) {
      const source = resolve(home, file.path);
      if (manifest.download && !existsSync(source)) throw notPulled(manifest, source);
      const before = reader.problems.length;
      // A corrupt line breaks the checksum as well: the message with the line's number helps more.
      await readFileInto(reader, source, file, manifest, split);
      const digest = await fileDigest(source);
      checkDigest(digest, file.sha256 ?? pinned?.files[file.path]?.sha256, source, manifest);
      checkCount(source, reader.problems.length - before, file.problems);
      found.push(digest);
    }
    const source = manifest.splits[split]!;
    if ("files" in source) checkCount(home, reader.problems.length, source.problems);
    problems.set(split, reader.problems);
    digests.set(split, found);
  }
  carveSplits(manifest, problems);
  return assemble(manifest, problems, digests);
}

async function readFileInto(
  reader: ProblemReader,
  path: string,
  file: FilePart,
  manifest: DatasetManifest,
  split: Split,
): Promise<void> {
  const role = `the ${split} split of ${manifest.name}`;
  const refuse = {
    record: (where: string, why: string, value: unknown) => corruptProblem(path, where, why, value),
    file: (why: string, cause?: unknown) => unreadable(path, role, why, cause),
  };
  const { delimiter, encoding, inside } = file;
  let row = 0;
  const { records } = manifest;
  const columns = readColumns(manifest, file);
  for await (const located of readRecords(path, refuse, { records, columns, delimiter, encoding, inside })) {
    reader.read(located, row++, file, path);
  }
}

/** Splits that are a share of another: their problems leave it. */
function carveSplits(manifest: DatasetManifest, problems: Map<Split, readonly Problem[]>): void {
  for (const [split, source] of Object.entries(manifest.splits) as [Split, DatasetManifest["splits"][Split]][]) {
    if (!source || !("of" in source)) continue;
    const { taken, left } = carve(problems.get(source.of)!, split, source.share);
    checkCount(`the split ${split} of ${manifest.name}`, taken.length, source.problems);
    problems.set(source.of, left);
    problems.set(split, taken);
  }
}

/** The manifest's problems as a dataset; `digests` are the sha256 of each split's files. Pure. */
function assemble(
  manifest: DatasetManifest,
  problems: ReadonlyMap<Split, readonly Problem[]>,
  digests: ReadonlyMap<Split, readonly string[]>,
): Dataset {
  const owner = new Map<string, Split>();
  for (const [split, list] of problems) {
    for (const { id } of list) {
      const other = owner.get(id);
      if (other) throw overlapping(manifest.name, id, other, split);
      owner.set(id, split);
    }
  }
  const extractor = EXTRACTORS.get(manifest.extractor);
  const grader = GRADERS.get(manifest.grader)?.grader;
  if (!extractor || !grader)
    throw new RangeError(`no such extractor or grader: ${manifest.extractor}, ${manifest.grader}`);
  const files = [...digests].map(([split, found]) => `${split}:${found.join(",")}`);
  const parts = [manifest.name, extractor.name, grader.name, JSON.stringify(manifest.fields), ...files.toSorted()];
  return {
    name: manifest.name,
    version: createHash("sha256")
      .update([...parts, ...recipeOf(manifest)].join("\n"))
      .digest("hex"),
    description: manifest.description,
    licence: manifest.licence,
    splits: [...problems.keys()],
    extractor,
    grader,
    stepDelimiter: manifest.stepDelimiter ?? "\n",
    problems: (split) => problems.get(split) ?? [],
  };
}

/** What else decides which problems there are; nothing for a manifest that says none of it, whose version stays what it was. */
function recipeOf({ records, keep, options, splits }: DatasetManifest): readonly string[] {
  const shaped = Object.entries(splits).flatMap(([split, source]): unknown[] => {
    if ("of" in source) return [[split, source.of, source.share]];
    const files = "files" in source ? source.files : [source];
    return files.some(({ values, delimiter, encoding, inside }) => values || delimiter || encoding || inside)
      ? [[split, files.map(({ values, delimiter, encoding, inside }) => ({ values, delimiter, encoding, inside }))]]
      : [];
  });
  const recipe = { records, keep, options, ...(shaped.length > 0 ? { splits: shaped } : {}) };
  const text = JSON.stringify(recipe);
  return text === "{}" ? [] : [text];
}

/** sha256 of the files that hold a split, by their paths; loading has held the files against them. Arguments are `loadDataset`'s. */
export async function datasetDigests(
  folder: string,
  name: string,
  split: Split,
  { cache = datasetCache(folder) }: { readonly cache?: string } = {},
): Promise<Readonly<Record<string, string>>> {
  const path = isManifestPath(name) ? name : join(folder, `${name}.json`);
  const manifest = await readManifest(path);
  const pinned = manifest.download ? await readPullRecord(cache, manifest.name) : undefined;
  const home = manifest.download ? join(cache, manifest.name) : dirname(path);
  const source = manifest.splits[split];
  const files = filesOfSplit(manifest, source && "of" in source ? source.of : split);
  const digests = files.map(async ({ path: file, sha256 }) => {
    return [file, sha256 ?? pinned?.files[file]?.sha256 ?? (await fileDigest(resolve(home, file)))] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}

async function datasetNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.flatMap((entry) => (entry.endsWith(".json") ? [entry.slice(0, -".json".length)] : [])).toSorted();
}

/** The manifest at a path. Throws `missing-file` or `corrupt-manifest`. */
export async function readManifest(path: string): Promise<DatasetManifest> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw missing(path, "the dataset's manifest", cause);
  }
  return parseManifest(text, path);
}

/** sha256 of a file's bytes, hex. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function unreadable(path: string, role: string, why: string, cause: unknown): TouchstoneError {
  if (why === "there is no such file") return missing(path, role, cause);
  return new TouchstoneError({
    code: "unreadable-dataset",
    family: "input",
    what: `The file of ${role} cannot be read: ${why}.`,
    value: path,
    fix: "Give a readable .jsonl, .json, .csv, .tsv or .parquet file, or restore it from its source.",
    ...(cause === undefined ? {} : { cause }),
  });
}

function missing(path: string, role: string, cause: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "missing-file",
    family: "input",
    what: `Cannot read ${role} (${(cause as NodeJS.ErrnoException | undefined)?.code ?? "unknown reason"}).`,
    value: path,
    fix: "Check that the file is there and readable; a manifest's paths are relative to the manifest.",
    cause,
  });
}

function checkDigest(
  found: string,
  expected: string | undefined,
  path: string,
  { name, download }: DatasetManifest,
): void {
  if (expected === undefined || found === expected) return;
  throw new TouchstoneError({
    code: "checksum-mismatch",
    family: "input",
    what: `${path} is not the file that its manifest describes: sha256 should be ${expected}.`,
    value: found,
    fix: download
      ? `Remove the file, and type: ./touchstone datasets pull ${name}`
      : "Restore the file from its source, or write the new checksum into the manifest if the change is meant.",
  });
}

async function unknown(folder: string, name: string): Promise<TouchstoneError> {
  const names = await datasetNames(folder);
  return new TouchstoneError({
    code: "unknown-dataset",
    family: "usage",
    what: `There is no dataset of this name in ${folder}.`,
    value: name,
    fix: `Known: ${names.join(", ") || "none"}. Or give the path of a manifest ending in .json, .yaml or .yml.`,
  });
}

function checkCount(where: string, found: number, expected: number | undefined): void {
  if (expected === undefined || found === expected) return;
  throw new TouchstoneError({
    code: "corrupt-manifest",
    family: "input",
    what: `The manifest counts ${expected} problems in ${where}.`,
    value: found,
    fix: "Correct `problems` in the manifest.",
  });
}

function overlapping(name: string, id: string, first: Split, second: Split): TouchstoneError {
  return new TouchstoneError({
    code: "overlapping-splits",
    family: "input",
    what: `A problem of ${name} is in both its ${first} and its ${second} split.`,
    value: id,
    fix: "Keep every problem in one split.",
  });
}
