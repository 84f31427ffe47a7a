import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { isWanted, NEEDED_FILES, OPTIONAL_FILES, shardsOf, WEIGHTS, WEIGHTS_INDEX } from "./wanted.ts";

/**
 * One model's folder in Hugging Face's cache: `blobs/<sha256 or git sha1>`, `snapshots/<commit>/<file>` (links to blobs),
 * `refs/<branch>` (a commit) and `.no_exist/<commit>/<file>` (known not to be there).
 */
export class CachedRepository {
  readonly folder: string;
  /** Of locks, outside of what tools that read the cache take for models. */
  readonly locks: string;

  constructor(cache: string, repository: string) {
    const name = `models--${repository.replace("/", "--")}`;
    this.folder = join(cache, name);
    this.locks = join(cache, ".locks", name);
  }

  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  blob(checksum: string): string {
    return join(this.folder, "blobs", checksum);
  }

  /** The commit that a branch or tag was when it was last asked for. */
  async ref(revision: string): Promise<string | undefined> {
    const text = await readFile(join(this.folder, "refs", revision), "utf8").catch(() => undefined);
    return text?.trim() || undefined;
  }

  async writeRef(revision: string, commit: string): Promise<void> {
    const path = join(this.folder, "refs", revision);
    await mkdir(dirname(path), { recursive: true });
    const beside = `${path}.${randomUUID()}`;
    await writeFile(beside, commit);
    await rename(beside, path);
  }

  /** Makes a finished blob a file of a snapshot. */
  async link(commit: string, name: string, checksum: string): Promise<void> {
    const path = join(this.snapshot(commit), name);
    await mkdir(dirname(path), { recursive: true });
    const beside = `${path}.${randomUUID()}`;
    // Where links are not allowed (Windows without developer mode), other tools copy too.
    await symlink(relative(dirname(path), this.blob(checksum)), beside).catch(() =>
      copyFile(this.blob(checksum), beside),
    );
    await rename(beside, path);
  }

  async noteAbsent(commit: string, names: readonly string[]): Promise<void> {
    const folder = join(this.folder, ".no_exist", commit);
    if (names.length > 0) await mkdir(folder, { recursive: true });
    await Promise.all(names.map((name) => writeFile(join(folder, name), "")));
  }

  /**
   * Which of the files that we read a snapshot has. `complete`: all that a model needs; `certain`: also of the optional ones it is known
   * whether there are any (another tool may have loaded but some).
   */
  async look(
    commit: string,
  ): Promise<{ readonly files: readonly string[]; readonly complete: boolean; readonly certain: boolean }> {
    const folder = this.snapshot(commit);
    const there = async (name: string) => (await stat(join(folder, name)).catch(() => undefined))?.isFile() ?? false;
    const names = (await readdir(folder).catch(() => [])).filter((name) => isWanted(name));
    const files: string[] = [];
    // A link to a blob that was removed is no file.
    for (const name of names.toSorted()) if (await there(name)) files.push(name);
    const index = files.includes(WEIGHTS_INDEX) ? await readFile(join(folder, WEIGHTS_INDEX), "utf8") : undefined;
    const weights = index === undefined ? [WEIGHTS] : shardsOf(index);
    const complete = [...NEEDED_FILES, ...weights].every((name) => files.includes(name));
    const absent: readonly string[] = await readdir(join(this.folder, ".no_exist", commit)).catch(() => []);
    const certain = OPTIONAL_FILES.every((name) => files.includes(name) || absent.includes(name));
    return { files, complete, certain };
  }
}
