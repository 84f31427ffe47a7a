import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFixtureModel, type FixtureOptions } from "@touchstone/inference/fixture";
import { filesOf, HubRepository, HubServer, type HubServerOptions } from "@touchstone/testkit/hub-server";
import { onTestFinished } from "vitest";
import type { HubSettings, PullProgress } from "../src/index.ts";

/** Weights of some 200 kB: large enough to be cut in the middle. */
export const SHAPE = { layers: 2, width: 64, heads: 2, mlp: 96, vocabulary: 64 } as const;

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-hub-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Files of a model with random weights. */
export async function modelFiles(options: FixtureOptions = {}): Promise<Map<string, Buffer>> {
  const folder = await temporaryFolder();
  await writeFixtureModel(folder, SHAPE, options);
  return new Map([...(await filesOf(folder)), ["README.md", Buffer.from("# A model\n")]]);
}

/** A hub with one repository, `org/model`, and settings that lead to it and to an empty cache. */
export async function hubWith(
  files: ReadonlyMap<string, Buffer>,
  options: Omit<HubServerOptions, "repositories"> = {},
): Promise<{ server: HubServer; repository: HubRepository; commit: string; settings: HubSettings }> {
  const repository = new HubRepository();
  const commit = repository.commit(files);
  const server = await HubServer.start({ ...options, repositories: new Map([["org/model", repository]]) });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const settings: HubSettings = {
    endpoint: server.url,
    cache: await temporaryFolder(),
    offline: false,
    retries: 2,
    backoffSeconds: 0.001,
    stallSeconds: 30,
  };
  return { server, repository, commit, settings };
}

/** What a download has told of itself, to wait for. */
export class Seen {
  readonly all: PullProgress[] = [];
  #waiting: { readonly left: number; readonly resolve: () => void }[] = [];

  readonly onProgress = (progress: PullProgress): void => {
    this.all.push(progress);
    this.#waiting = this.#waiting.filter(({ left, resolve }) => {
      const there = progress.bytes.total - progress.bytes.done <= left;
      if (there) resolve();
      return !there;
    });
  };

  /** Once no more than so many bytes are missing. */
  until(left: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ left, resolve }));
  }
}
