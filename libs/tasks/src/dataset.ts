import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TouchstoneError, type Dataset, type Problem, type Split } from "@touchstone/core";
import { parseManifest, type DatasetManifest } from "./manifest.ts";
import { EXTRACTORS, GRADERS } from "./metrics.ts";
import { parseProblems } from "./problems.ts";

/** Manifests of a folder such as `datasets/`, by name. */
export async function listDatasets(folder: string): Promise<DatasetManifest[]> {
  const names = await datasetNames(folder);
  return Promise.all(names.map((name) => readManifest(join(folder, `${name}.json`))));
}

/**
 * The dataset `name` of a folder of manifests, or the one of a manifest's own path (ending in `.json`). Every file is held
 * against its checksum. Throws `unknown-dataset`, `corrupt-manifest`, `missing-file`, `checksum-mismatch`,
 * `corrupt-problem` or `overlapping-splits`.
 */
export async function loadDataset(folder: string, name: string): Promise<Dataset> {
  const path = name.endsWith(".json") ? name : join(folder, `${name}.json`);
  if (path !== name && !(await datasetNames(folder)).includes(name)) throw await unknown(folder, name);
  const manifest = await readManifest(path);
  const problems = new Map<Split, readonly Problem[]>();
  for (const [split, file] of Object.entries(manifest.splits) as [Split, DatasetManifest["splits"][Split]][]) {
    if (!file) continue;
    const source = join(dirname(path), file.path);
    const bytes = await readOrThrow(source, `the ${split} split of ${manifest.name}`);
    // A corrupt line breaks the checksum as well: the message with the line's number helps more.
    const parsed = parseProblems(bytes.toString("utf8"), split, manifest, source);
    verify(bytes, file.sha256, source);
    if (parsed.length !== file.problems) throw miscounted(source, parsed.length, file.problems);
    problems.set(split, parsed);
  }
  return assemble(manifest, problems);
}

/** The manifest's problems as a dataset. Pure. */
export function assemble(manifest: DatasetManifest, problems: ReadonlyMap<Split, readonly Problem[]>): Dataset {
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
  const files = Object.entries(manifest.splits).map(([split, file]) => `${split}:${file?.sha256}`);
  const parts = [manifest.name, extractor.name, grader.name, JSON.stringify(manifest.fields), ...files.toSorted()];
  return {
    name: manifest.name,
    version: createHash("sha256").update(parts.join("\n")).digest("hex"),
    description: manifest.description,
    licence: manifest.licence,
    splits: [...problems.keys()],
    extractor,
    grader,
    stepDelimiter: manifest.stepDelimiter ?? "\n",
    problems: (split) => problems.get(split) ?? [],
  };
}

async function datasetNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.flatMap((entry) => (entry.endsWith(".json") ? [entry.slice(0, -".json".length)] : [])).toSorted();
}

async function readManifest(path: string): Promise<DatasetManifest> {
  return parseManifest((await readOrThrow(path, "the dataset's manifest")).toString("utf8"), path);
}

async function readOrThrow(path: string, role: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new TouchstoneError({
      code: "missing-file",
      family: "input",
      what: `Cannot read ${role} (${(cause as NodeJS.ErrnoException).code ?? "unknown reason"}).`,
      value: path,
      fix: "Check that the file is there and readable; a manifest's paths are relative to the manifest.",
      cause,
    });
  }
}

function verify(bytes: Buffer, expected: string, path: string): void {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === expected) return;
  throw new TouchstoneError({
    code: "checksum-mismatch",
    family: "input",
    what: `${path} is not the file that its manifest describes: sha256 should be ${expected}.`,
    value: found,
    fix: "Restore the file from its source, or write the new checksum into the manifest if the change is meant.",
  });
}

async function unknown(folder: string, name: string): Promise<TouchstoneError> {
  const names = await datasetNames(folder);
  return new TouchstoneError({
    code: "unknown-dataset",
    family: "usage",
    what: `There is no dataset of this name in ${folder}.`,
    value: name,
    fix: `Known: ${names.join(", ") || "none"}. Or give the path of a manifest ending in .json.`,
  });
}

function miscounted(path: string, found: number, expected: number): TouchstoneError {
  return new TouchstoneError({
    code: "corrupt-manifest",
    family: "input",
    what: `The manifest counts ${expected} problems in ${path}.`,
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
