import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileDigest } from "../dataset.ts";
import { readPullRecord, writePullRecord, type PullRecord } from "../dataset-cache.ts";
import { sourceFiles, type DatasetManifest } from "../manifest.ts";
import { download, type DownloadOptions } from "./download.ts";
import { accessDenied, gone, licenceToAccept, unreachable } from "./pull-errors.ts";
import { fileAddress, revisionAddress, type Endpoints } from "./source-address.ts";

export interface PullOptions extends Pick<DownloadOptions, "signal" | "token" | "retries" | "wait"> {
  readonly endpoints?: Endpoints | undefined;
  /** The user has read the terms of the licence. */
  readonly acceptLicence?: boolean | undefined;
  /** Forget which revision was pinned by the first download, and take what the branch holds now. */
  readonly renew?: boolean | undefined;
  /** Bytes of one of the dataset's files, of `total` (NaN: unknown). */
  readonly onProgress?: ((file: string, bytes: number, total: number) => void) | undefined;
}

export interface Pulled {
  readonly record: PullRecord;
  /** Files that were fetched now. */
  readonly fetched: readonly string[];
  /** The revision before, where `renew` moved it. */
  readonly moved?: string | undefined;
}

const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Fetches what is missing of a dataset into `cache`, each file held against its checksum: the manifest's, or the one of the first
 * download. What is there is not fetched again. Throws `dataset-gated` and as `download` does.
 */
export async function pullDataset(
  manifest: DatasetManifest,
  cache: string,
  options: PullOptions = {},
): Promise<Pulled> {
  const { endpoints = {}, renew = false, onProgress } = options;
  if (manifest.terms !== undefined && options.acceptLicence !== true) throw licenceToAccept(manifest);
  const home = join(cache, manifest.name);
  const before = await readPullRecord(cache, manifest.name);
  const pinned = renew ? undefined : before;
  const revision = pinned?.revision ?? (await resolveRevision(manifest, options));
  const moved = before !== undefined && before.revision !== revision ? before.revision : undefined;
  const files: Record<string, { sha256: string; bytes: number }> = {};
  const fetched: string[] = [];
  for (const { path, sha256 } of sourceFiles(manifest)) {
    const target = join(home, path);
    const expected = sha256 ?? pinned?.files[path]?.sha256;
    if (moved === undefined && (await isThere(target, expected))) {
      files[path] = { sha256: expected!, bytes: (await stat(target)).size };
      continue;
    }
    const address = fileAddress(manifest, revision, path, endpoints);
    const found = await download(
      { dataset: manifest.name, address, path: target, sha256: expected },
      {
        ...options,
        // A token is for the hub and nobody else.
        token: manifest.download && "hub" in manifest.download ? options.token : undefined,
        onProgress: onProgress && ((bytes, total) => onProgress(path, bytes, total)),
      },
    );
    files[path] = { sha256: found, bytes: (await stat(target)).size };
    fetched.push(path);
    // After every file: what was pinned so far stays pinned if the next one is cut.
    await writePullRecord(cache, recordOf(manifest, revision, files));
  }
  if (fetched.length === 0 && before !== undefined) return { record: before, fetched, moved };
  const record = recordOf(manifest, revision, files);
  await writePullRecord(cache, record);
  return { record, fetched, moved };
}

/** Why a file of a dataset is not what it should be. */
export interface Fault {
  readonly file: string;
  readonly why: "missing" | "changed";
  /** sha256 as it should be; undefined where nothing says. */
  readonly expected: string | undefined;
  readonly found: string | undefined;
}

/** Holds every file of a dataset in `home` against its checksum. Reads only. */
export async function verifyDataset(manifest: DatasetManifest, home: string, cache: string): Promise<readonly Fault[]> {
  const pinned = manifest.download ? await readPullRecord(cache, manifest.name) : undefined;
  const faults: Fault[] = [];
  for (const { path, sha256 } of sourceFiles(manifest)) {
    const expected = sha256 ?? pinned?.files[path]?.sha256;
    const target = resolve(home, path);
    const found = existsSync(target) ? await fileDigest(target) : undefined;
    if (found === undefined) faults.push({ file: path, why: "missing", expected, found });
    else if (expected !== undefined && found !== expected) faults.push({ file: path, why: "changed", expected, found });
  }
  return faults;
}

function recordOf({ name, licence }: DatasetManifest, revision: string, files: PullRecord["files"]): PullRecord {
  return { version: 1, name, revision, files, licence, pulled: new Date().toISOString() };
}

/** The file is there with its checksum; one without a known checksum is fetched, so that it can be pinned. */
async function isThere(path: string, expected: string | undefined): Promise<boolean> {
  return expected !== undefined && existsSync(path) && (await fileDigest(path)) === expected;
}

/** The commit that a branch of the hub is at; a commit, and what is no branch, is itself. */
async function resolveRevision(
  manifest: DatasetManifest,
  { endpoints = {}, token, signal }: PullOptions,
): Promise<string> {
  const address = COMMIT.test(manifest.revision) ? undefined : revisionAddress(manifest, endpoints);
  if (!address) return manifest.revision;
  const asked = { dataset: manifest.name, address };
  const response = await fetch(address, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    throw unreachable(asked, 0, cause);
  });
  if (response.status === 401 || response.status === 403) throw accessDenied(asked, response.status);
  if (response.status === 404 || response.status === 410) throw gone(asked, response.status);
  const answer = (await response.json().catch(() => undefined)) as { readonly sha?: unknown } | undefined;
  const commit = answer?.sha;
  if (typeof commit === "string" && COMMIT.test(commit)) return commit;
  throw unreachable(asked, 0, new Error(`HTTP ${response.status}, and no commit in the answer`));
}
