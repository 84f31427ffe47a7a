import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFixtureModel } from "@touchstone/inference/fixture";
import { expect, test } from "vitest";
import {
  type CheckedFile,
  checkCachedModel,
  fetchModel,
  listCachedModels,
  loadLanguageModel,
  loadRewardModel,
  removeDamaged,
} from "../src/index.ts";
import { hubWith, modelFiles, SHAPE, temporaryFolder } from "./hub.ts";

const WEIGHTS = "model.safetensors";

test("a model of the hub is known by its name and commit; everything else is that of the same files in a folder", async () => {
  const { settings, commit } = await hubWith(await modelFiles());
  const folder = await temporaryFolder();
  await writeFixtureModel(folder, SHAPE);
  await using ours = await loadLanguageModel(folder).then((model) => Object.assign(model, closing(model)));
  const { folder: snapshot } = await fetchModel("org/model", undefined, { settings });
  await using theirs = await loadLanguageModel(snapshot).then((model) => Object.assign(model, closing(model)));
  expect(theirs.identity).toEqual({ ...ours.identity, name: "org/model", revision: commit });
});

test("a reward model likewise", async () => {
  const { settings, commit } = await hubWith(await modelFiles({ kind: "classifier" }));
  const { folder } = await fetchModel("org/model", undefined, { settings });
  const model = await loadRewardModel(folder);
  expect(model.identity).toMatchObject({ name: "org/model", revision: commit });
  await model.close();
});

test("files without links to blobs prove no commit: the revision is then a hash of their bytes", async () => {
  const { settings } = await hubWith(await modelFiles());
  const { folder } = await fetchModel("org/model", undefined, { settings });
  const copy = folder.replace(settings.cache, await temporaryFolder());
  await cp(folder, copy, { recursive: true, dereference: true });
  const model = await loadLanguageModel(copy);
  expect(model.identity).toMatchObject({ name: "org/model", revision: expect.stringMatching(/^[0-9a-f]{64}$/) });
  await model.close();
});

test("a file of the cache that is not what was downloaded is found at loading and by checking, and downloaded again", async () => {
  const files = await modelFiles();
  const { settings } = await hubWith(files);
  const { folder, commit } = await fetchModel("org/model", undefined, { settings });
  const changed = Buffer.from(files.get(WEIGHTS)!);
  changed[changed.length - 1]! ^= 1;
  await writeFile(join(folder, WEIGHTS), changed);
  await expect(loadLanguageModel(folder)).rejects.toThrow(
    /^checksum-mismatch: A file of the cache is not what was downloaded: .*models verify --repair/,
  );
  const damaged: CheckedFile[] = [];
  for await (const file of checkCachedModel({ folder })) if (file.state !== "ok") damaged.push(file);
  expect(damaged).toMatchObject([{ path: join(folder, WEIGHTS), state: "damaged" }]);
  await removeDamaged(damaged[0]!);
  expect(await listCachedModels(settings)).toMatchObject([{ commit, refs: ["main"], complete: false }]);
  await fetchModel("org/model", undefined, { settings });
  expect(await readFile(join(folder, WEIGHTS))).toEqual(files.get(WEIGHTS));
});

test("a truncated shard is said by name", async () => {
  const { settings } = await hubWith(await modelFiles());
  const { folder } = await fetchModel("org/model", undefined, { settings });
  await truncate(join(folder, WEIGHTS), 10_000);
  await expect(loadLanguageModel(folder)).rejects.toThrow(/model\.safetensors/);
});

test("a cache lists what is in it; a snapshot whose blobs are gone is no model, and is downloaded again", async () => {
  const { settings, commit } = await hubWith(await modelFiles());
  const { folder } = await fetchModel("org/model", commit, { settings });
  expect(await listCachedModels(settings)).toMatchObject([
    { repository: "org/model", commit, refs: [], complete: true },
  ]);
  await rm(join(settings.cache, "models--org--model", "blobs"), { recursive: true });
  expect(await listCachedModels(settings)).toEqual([]);
  await fetchModel("org/model", commit, { settings });
  expect((await listCachedModels(settings)).map(({ complete }) => complete)).toEqual([true]);
  expect(folder).toContain(commit);
});

function closing(model: { close(): Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => model.close() };
}
