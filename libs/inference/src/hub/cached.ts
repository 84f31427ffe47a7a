import { lstat, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { CachedRepository } from "./cache.ts";
import { checksumOf } from "./checksum.ts";
import { damaged } from "./errors.ts";
import { type HubSettings, hubSettings } from "./settings.ts";

/** A model of the cache at one commit. */
export interface CachedModel {
  readonly repository: string;
  readonly commit: string;
  /** Branches and tags that were this commit when they were last asked for. */
  readonly refs: readonly string[];
  readonly folder: string;
  /** Of the files that we read. */
  readonly bytes: number;
  /** Whether all files that a model needs are there. */
  readonly complete: boolean;
}

/** The models of the cache, whoever downloaded them, by name and commit. */
export async function listCachedModels({ cache }: Pick<HubSettings, "cache"> = hubSettings()): Promise<CachedModel[]> {
  const folders = (await readdir(cache).catch(() => [])).filter((name) => name.startsWith("models--")).toSorted();
  const models: CachedModel[] = [];
  for (const name of folders) {
    const repository = name.slice("models--".length).replace("--", "/");
    const cached = new CachedRepository(cache, repository);
    const refs = await refsOf(join(cached.folder, "refs"));
    for (const commit of (await readdir(join(cached.folder, "snapshots")).catch(() => [])).toSorted()) {
      const folder = cached.snapshot(commit);
      const { files, complete } = await cached.look(commit);
      // Datasets and models of other kinds lie in the same cache.
      if (files.length === 0) continue;
      const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
      const names = refs.filter((ref) => ref.commit === commit).map((ref) => ref.name);
      models.push({ repository, commit, refs: names, folder, bytes: sizes.reduce((a, b) => a + b, 0), complete });
    }
  }
  return models;
}

async function refsOf(folder: string): Promise<{ readonly name: string; readonly commit: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return {
          name: path.slice(folder.length + 1).replaceAll("\\", "/"),
          commit: (await readFile(path, "utf8")).trim(),
        };
      }),
  );
}

/** A file of a snapshot held against the checksum that names its blob. */
export interface CheckedFile {
  readonly path: string;
  readonly state: "ok" | "damaged" | "unknown";
  readonly expected: string | undefined;
  readonly received: string | undefined;
}

/** Reads every file of a snapshot again. `unknown`: a file that is no link to a blob, as on systems without links. */
export async function* checkCachedModel({ folder }: Pick<CachedModel, "folder">): AsyncGenerator<CheckedFile> {
  for (const name of (await readdir(folder)).toSorted()) {
    const path = join(folder, name);
    const expected = await checksumNaming(path);
    if (expected === undefined) {
      if ((await stat(path).catch(() => undefined))?.isFile())
        yield { path, state: "unknown", expected, received: undefined };
      continue;
    }
    const received = await checksumOf(path, expected);
    yield { path, state: received === expected ? "ok" : "damaged", expected, received };
  }
}

/** Throws a damaged file away, link and blob: the next download fetches it anew. */
export async function removeDamaged({ path }: CheckedFile): Promise<void> {
  const target = await readlink(path);
  await rm(join(path, "..", target), { force: true });
  await rm(path, { force: true });
}

/** A snapshot's place in a cache: whose model it is, at which commit. */
export interface Published {
  readonly repository: string;
  readonly commit: string;
  readonly folder: string;
}

/** Reads from its path whether a folder is a snapshot of Hugging Face's cache. */
export function publishedAs(folder: string): Published | undefined {
  const place = /[\\/]models--(?<owner>[^\\/]+?)--(?<name>[^\\/]+)[\\/]snapshots[\\/](?<commit>[0-9a-f]{40})$/;
  const { owner, name, commit } = place.exec(folder)?.groups ?? {};
  return commit === undefined ? undefined : { repository: `${owner}/${name}`, commit, folder };
}

/**
 * The commit, where each of these files is what the hub announced; undefined where one cannot be proven, as in caches without links.
 * @throws TouchstoneError `checksum-mismatch` for a file that is not what was downloaded
 */
export async function provenCommit(
  { commit, folder }: Published,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    const path = join(folder, name);
    const expected = await checksumNaming(path);
    if (expected === undefined) return undefined;
    const received = await checksumOf(path, expected);
    if (received !== expected) throw damaged(path, expected, received);
  }
  return commit;
}

/** The checksum by which the cache names the file that a snapshot's entry leads to. */
async function checksumNaming(path: string): Promise<string | undefined> {
  if (!(await lstat(path)).isSymbolicLink()) return undefined;
  const name = basename(await readlink(path));
  const there = (await stat(path).catch(() => undefined))?.isFile() ?? false;
  return there && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name) ? name : undefined;
}
