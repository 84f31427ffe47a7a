import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A file of a repository as the hub knows it. */
export interface HubFile {
  readonly path: string;
  readonly content: Buffer;
  /** git's sha1 of the blob; of a large file, that of the pointer which git holds in its place. */
  readonly gitSha1: string;
  /** sha256 of a file that is kept outside of git (LFS), on another server. */
  readonly sha256: string | undefined;
}

/** A repository of models with its history: commits by id, branches and tags by name. */
export class HubRepository {
  readonly commits = new Map<string, ReadonlyMap<string, HubFile>>();
  /** Names of branches and tags; tests move them. */
  readonly refs = new Map<string, string>();
  /** Tokens that open a gated repository; absent: it is open to all. */
  gatedFor: ReadonlySet<string> | undefined;
  /** Tokens of its owner, where others are not even told that it exists. */
  privateTo: ReadonlySet<string> | undefined;

  /** Puts a new commit onto a branch; its id follows from its content. */
  commit(files: ReadonlyMap<string, Buffer>, branch = "main"): string {
    const known = new Map([...files].map(([path, content]) => [path, hubFile(path, content)]));
    const id = createHash("sha1")
      .update(JSON.stringify([...known.values()].map(({ path, gitSha1 }) => [path, gitSha1])))
      .digest("hex");
    this.commits.set(id, known);
    this.refs.set(branch, id);
    return id;
  }

  /** The commit of a branch, a tag or a commit's id. */
  commitOf(revision: string): string | undefined {
    return this.refs.get(revision) ?? (this.commits.has(revision) ? revision : undefined);
  }
}

/** The files of a folder, not of folders in it. */
export async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(entries.map(async ({ name }) => [name, await readFile(join(folder, name))] as const)),
  );
}

function hubFile(path: string, content: Buffer): HubFile {
  const sha256 = path.endsWith(".safetensors") ? createHash("sha256").update(content).digest("hex") : undefined;
  const inGit =
    sha256 === undefined
      ? content
      : Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${content.length}\n`);
  const gitSha1 = createHash("sha1").update(`blob ${inGit.length}\0`).update(inGit).digest("hex");
  return { path, content, gitSha1, sha256 };
}
