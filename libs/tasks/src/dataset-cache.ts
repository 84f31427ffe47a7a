import { existsSync } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { z } from "zod";
import { sourceFiles, type DatasetManifest } from "./manifest.ts";

const RECORD_FILE = "pulled.json";

const pullRecord = z.object({
  version: z.literal(1),
  name: z.string(),
  /** The commit that was downloaded, where the source has one. */
  revision: z.string(),
  /** sha256 and size of every file as it came. */
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number() })),
  licence: z.string(),
  /** ISO 8601. */
  pulled: z.string(),
});

/** What was downloaded of a dataset, kept beside its files. */
export type PullRecord = z.infer<typeof pullRecord>;

/** Where downloaded datasets lie: `TOUCHSTONE_DATASETS`, or `.touchstone/datasets` beside the folder of the manifests. */
export function datasetCache(manifests: string): string {
  const given = process.env["TOUCHSTONE_DATASETS"];
  return given === undefined || given === "" ? join(dirname(manifests), ".touchstone", "datasets") : given;
}

/** Undefined where nothing was downloaded, or what was is not whole. */
export async function readPullRecord(cache: string, name: string): Promise<PullRecord | undefined> {
  try {
    return pullRecord.parse(JSON.parse(await readFile(join(cache, name, RECORD_FILE), "utf8")));
  } catch {
    return undefined;
  }
}

/** The file is there whole or not at all. */
export async function writePullRecord(cache: string, record: PullRecord): Promise<void> {
  const folder = join(cache, record.name);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${RECORD_FILE}.new`);
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`);
  await rename(draft, join(folder, RECORD_FILE));
}

/** Whether every file of a dataset is there. Its bytes are checked when it is loaded. */
export function isPresent(manifest: DatasetManifest, folder: string): boolean {
  return sourceFiles(manifest).every(({ path }) => existsSync(resolve(folder, path)));
}

/** Bytes of a dataset's files: as they lie there, or as the manifest says; undefined where neither is known. */
export async function sizeOf(manifest: DatasetManifest, folder: string): Promise<number | undefined> {
  const sizes = await Promise.all(
    sourceFiles(manifest).map(async ({ path, bytes }) => {
      const found = await stat(resolve(folder, path)).catch(() => undefined);
      return found?.size ?? bytes;
    }),
  );
  return sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + size!, 0);
}

/** A dataset's files are not on this machine. */
export function notPulled(manifest: DatasetManifest, path: string): TouchstoneError {
  const consent = manifest.terms === undefined ? "" : " --accept-licence";
  return new TouchstoneError({
    code: "dataset-not-pulled",
    family: "input",
    what: `The dataset ${manifest.name} comes from ${manifest.source} and has not been downloaded.`,
    value: path,
    fix: `Type: ./touchstone datasets pull ${manifest.name}${consent}`,
  });
}
