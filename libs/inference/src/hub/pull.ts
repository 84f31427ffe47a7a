import { mkdir, readFile, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { parseModelConfig } from "@touchstone/graph";
import PQueue from "p-queue";
import { CachedRepository } from "./cache.ts";
import { downloadBlob, PARTIAL } from "./download.ts";
import { noSpace, storage, unusable } from "./errors.ts";
import { lockDownload } from "./lock.ts";
import type { RemoteFile } from "./remote.ts";
import { type HubModel, type HubOptions, resolveModel } from "./resolve.ts";
import { hubSettings } from "./settings.ts";
import { OPTIONAL_FILES, shardsOf, WEIGHTS_INDEX } from "./wanted.ts";

/** How far a download is. */
export interface PullProgress {
  readonly repository: string;
  readonly files: { readonly done: number; readonly total: number };
  /** Of all files that were missing; what an earlier try has left counts as done. */
  readonly bytes: { readonly done: number; readonly total: number };
  /** Since the download began. */
  readonly seconds: number;
  /** Another process is downloading this model: nothing happens before it is done. */
  readonly waiting: boolean;
}

export interface PullOptions extends HubOptions {
  readonly onProgress?: (progress: PullProgress) => void;
}

const AT_ONCE = 4;
const TYPES = ["F32", "F16", "BF16"];

/**
 * Downloads what is missing of a model, small files first: an architecture that we do not run is refused before its weights are fetched.
 * Files appear whole, checked against the hub's checksums; a download that was stopped goes on where it was. Two processes that want
 * the same model do not disturb each other: one waits.
 * @throws TouchstoneError as {@link resolveModel}, and `unsupported-model`, `checksum-mismatch`, `disk-full`, `unwritable-folder`
 */
export async function pullModel(wanted: HubModel, options: PullOptions = {}): Promise<HubModel> {
  const { settings = hubSettings(), signal, onProgress } = options;
  const cached = new CachedRepository(settings.cache, wanted.repository);
  if (wanted.missing.length === 0) {
    // A cache that others may write alone serves all the same.
    await remember(wanted, cached).catch(() => undefined);
    return wanted;
  }
  const started = performance.now();
  const total = { files: wanted.missing.length, bytes: sum(wanted.missing) };
  const done = { files: 0, bytes: 0 };
  const report = (waiting = false) =>
    onProgress?.({
      repository: wanted.repository,
      files: { done: done.files, total: total.files },
      bytes: { done: done.bytes, total: total.bytes },
      seconds: (performance.now() - started) / 1000,
      waiting,
    });
  try {
    await mkdir(join(cached.folder, "blobs"), { recursive: true });
    using _lock = await lockDownload(cached.locks, signal, () => report(true));
    // What another process has loaded meanwhile need not be loaded again.
    const { files: have } = await cached.look(wanted.commit);
    const missing = wanted.missing.filter(({ path }) => !have.includes(path));
    done.files = total.files - missing.length;
    done.bytes = total.bytes - sum(missing);
    await checkSpace(cached, missing);
    report();
    const fetchOne = async (file: RemoteFile, stop: AbortSignal | undefined) => {
      await fetchFile(wanted, cached, file, { settings, ...(stop ? { signal: stop } : {}) }, (more) => {
        done.bytes += more;
        report();
      });
      done.files += 1;
      report();
    };
    const [weights, small] = [missing.filter(isWeights), missing.filter((file) => !isWeights(file))];
    for (const file of small) await fetchOne(file, signal);
    await checkModel(wanted, cached);
    await inParallel(weights, signal, fetchOne);
    await remember(wanted, cached);
    return { ...wanted, missing: [] };
  } catch (error) {
    throw storage(error, cached.folder);
  }
}

/** Resolves and downloads: `org/name` at a branch, tag or commit becomes a folder that `loadLanguageModel` reads. */
export async function fetchModel(repository: string, revision?: string, options: PullOptions = {}): Promise<HubModel> {
  return pullModel(await resolveModel(repository, revision, options), options);
}

async function fetchFile(
  model: HubModel,
  cached: CachedRepository,
  file: RemoteFile,
  { settings = hubSettings(), signal }: HubOptions,
  onBytes: (more: number) => void,
): Promise<void> {
  const blob = cached.blob(file.checksum);
  const there = await stat(blob).catch(() => undefined);
  if (there?.size === file.bytes) onBytes(file.bytes);
  else
    await downloadBlob(
      { settings, model, phase: `downloading ${file.path}`, signal },
      model.commit,
      file,
      blob,
      onBytes,
    );
  await cached.link(model.commit, file.path, file.checksum);
}

/** The first failure stops the others; what they have loaded stays. */
async function inParallel(
  files: readonly RemoteFile[],
  signal: AbortSignal | undefined,
  fetchOne: (file: RemoteFile, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const failing = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failing.signal]) : failing.signal;
  const queue = new PQueue({ concurrency: AT_ONCE });
  let first: unknown;
  for (const file of files) {
    void queue.add(async () => {
      if (failing.signal.aborted) return;
      await fetchOne(file, stop).catch((error: unknown) => {
        first ??= error;
        failing.abort();
      });
    });
  }
  await queue.onIdle();
  if (first !== undefined) throw first;
}

/** Before gigabytes are fetched: whether we run this architecture, this type of numbers, and all shards are there. */
async function checkModel(model: HubModel, cached: CachedRepository): Promise<void> {
  const folder = cached.snapshot(model.commit);
  const config = await readFile(join(folder, "config.json"), "utf8");
  let parsed: unknown;
  try {
    parsed = JSON.parse(config);
  } catch {
    throw unusable(model, "its config.json is no JSON", config.slice(0, 80));
  }
  parseModelConfig(parsed as Record<string, unknown>);
  const strange = Object.keys(model.parameters ?? {}).filter((type) => !TYPES.includes(type));
  if (strange.length > 0) {
    throw new TouchstoneError({
      code: "unsupported-model",
      family: "input",
      what: `${model.repository} has weights of a type that is not supported.`,
      value: strange.join(", "),
      fix: `Choose a repository whose weights are ${TYPES.join(", ")}; quantised ones are not read.`,
    });
  }
  const index = await readFile(join(folder, WEIGHTS_INDEX), "utf8").catch(() => undefined);
  if (index === undefined) return;
  const here = new Set([...(await cached.look(model.commit)).files, ...model.missing.map(({ path }) => path)]);
  const lacking = shardsOf(index).find((name) => !here.has(name));
  if (lacking !== undefined) throw unusable(model, "a shard that its index names is not in the repository", lacking);
}

/** Notes what the hub has said: which commit a branch is, and which optional files there are none of. */
async function remember({ revision, commit, bytes }: HubModel, cached: CachedRepository): Promise<void> {
  // The hub was not asked.
  if (Number.isNaN(bytes)) return;
  const { files, certain } = await cached.look(commit);
  if (!certain) {
    const absent = OPTIONAL_FILES.filter((name) => !files.includes(name));
    await cached.noteAbsent(commit, absent);
  }
  if (revision !== commit && (await cached.ref(revision)) !== commit) await cached.writeRef(revision, commit);
}

async function checkSpace(cached: CachedRepository, missing: readonly RemoteFile[]): Promise<void> {
  let needed = 0;
  for (const { checksum, bytes } of missing) {
    const found = await Promise.all(
      [cached.blob(checksum), cached.blob(checksum) + PARTIAL].map((path) => stat(path).catch(() => undefined)),
    );
    needed += Math.max(0, bytes - Math.max(...found.map((file) => file?.size ?? 0)));
  }
  const { bavail, bsize } = await statfs(cached.folder);
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
  if (needed > bavail * bsize) throw noSpace(cached.folder, gigabytes(needed), gigabytes(bavail * bsize));
}

function isWeights({ path }: RemoteFile): boolean {
  return path.endsWith(".safetensors");
}

function sum(files: readonly RemoteFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
