import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { CachedRepository } from "./cache.ts";
import { called, type Called, notCached, unusable } from "./errors.ts";
import { lookUp, readRemote, type RemoteFile } from "./remote.ts";
import type { Asking } from "./request.ts";
import { type HubSettings, hubSettings } from "./settings.ts";
import { isWanted, NEEDED_FILES, type OPTIONAL_FILES, wantedFiles, WEIGHTS, WEIGHTS_INDEX } from "./wanted.ts";

/** A model of the hub at one commit, and what of it is here. */
export interface HubModel {
  /** `org/name`. */
  readonly repository: string;
  /** As asked for: `main` where nothing was. */
  readonly revision: string;
  readonly commit: string;
  /** Absolute path: Hugging Face's layout, complete once `missing` is empty. */
  readonly folder: string;
  /** What is not in the cache. */
  readonly missing: readonly RemoteFile[];
  /** Bytes of the model's files; NaN where only the cache was asked. */
  readonly bytes: number;
  /** Parameters by type of number, where the hub has counted them. */
  readonly parameters: Readonly<Record<string, number>> | undefined;
  /** What a user should know: the revision has moved, the hub could not be asked. */
  readonly notes: readonly string[];
}

export interface HubOptions {
  readonly settings?: HubSettings;
  readonly signal?: AbortSignal;
}

const COMMIT = /^[0-9a-f]{40}$/;

/**
 * What `org/name` is at a branch, tag or commit (default `main`), and what of it has to be downloaded. Downloads nothing. A commit that
 * the cache holds is not asked for; a hub that cannot be reached is no failure where the cache holds what the revision was last.
 * @throws TouchstoneError `unknown-hub-model`, `unknown-hub-revision`, `gated-model`, `bad-hub-token`, `not-in-cache`, `unsupported-repository`,
 * `hub-unreachable`, `hub-timeout`, `hub-rate-limited`, `hub-failed`, `hub-malformed-answer`
 */
export async function resolveModel(
  repository: string,
  revision = "main",
  { settings = hubSettings(), signal }: HubOptions = {},
): Promise<HubModel> {
  const model: Called = { repository, revision };
  const cached = new CachedRepository(settings.cache, repository);
  const before = COMMIT.test(revision) ? revision : await cached.ref(revision);
  const here = before === undefined ? undefined : await cached.look(before);
  const fromCache = (notes: readonly string[]): HubModel => ({
    ...model,
    commit: before!,
    folder: cached.snapshot(before!),
    missing: [],
    bytes: Number.NaN,
    parameters: undefined,
    notes,
  });
  if (settings.offline) {
    if (here?.complete) return fromCache([]);
    throw notCached(settings, model, (here?.files.length ?? 0) > 0);
  }
  if (here?.complete && here.certain && before === revision) return fromCache([]);
  const asking: Asking = { settings, model, phase: `asking for ${called(model)}`, signal };
  try {
    return { ...model, ...(await fromHub(asking, cached, before)) };
  } catch (error) {
    const passing = error instanceof TouchstoneError && error.code.startsWith("hub-");
    if (!passing || !here?.complete) throw error;
    const why = `The hub could not be asked (${error.code})`;
    return fromCache([`${why}: ${called(model)} is taken from the cache, at commit ${before!}.`]);
  }
}

async function fromHub(
  asking: Asking,
  cached: CachedRepository,
  before: string | undefined,
): Promise<Omit<HubModel, "repository" | "revision">> {
  const { model } = asking;
  const remote = await lookUp(asking, isWanted);
  const { commit, parameters } = remote;
  checkUsable(model, remote.files);
  const files = wantedFiles(remote.files);
  const { files: have } = await cached.look(commit);
  const moved = before !== undefined && before !== commit;
  return {
    commit,
    folder: cached.snapshot(commit),
    missing: files.filter(({ path }) => !have.includes(path)),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    parameters,
    notes: moved
      ? [
          `${called(model)} has moved since it was last used here, from commit ${before} to ${commit}: a new model to the pool. ` +
            `To stay with the old one, name it ${model.repository}@${before}.`,
        ]
      : [],
  };
}

function checkUsable(model: Called, files: readonly RemoteFile[]): void {
  const names = files.map(({ path }) => path);
  const lacking = NEEDED_FILES.find((name) => !names.includes(name));
  if (lacking !== undefined) throw unusable(model, `it has no ${lacking}`, names.join(", ") || "none of our files");
  if (names.includes(WEIGHTS) || names.includes(WEIGHTS_INDEX)) return;
  throw unusable(model, "its weights are not in the safetensors format", names.join(", "));
}

/**
 * A small file of a resolved model, from the cache or else from the hub, parsed; undefined where the model has none. The file is not
 * put into the cache.
 */
export async function readModelFile(
  model: HubModel,
  name: "config.json" | (typeof OPTIONAL_FILES)[number],
  { settings = hubSettings(), signal }: HubOptions = {},
): Promise<string | undefined> {
  const file = model.missing.find(({ path }) => path === name);
  if (!file) return readFile(join(model.folder, name), "utf8").catch(() => undefined);
  return readRemote({ settings, model, phase: `reading ${name}`, signal }, model.commit, file);
}
