import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HubRequest } from "@touchstone/testkit/hub-server";
import { expect, test, vi } from "vitest";
import { fetchModel, listCachedModels, resolveModel } from "../src/index.ts";
import { hubWith, modelFiles, Seen } from "./hub.ts";

const WEIGHTS = "model.safetensors";
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const bodies = (requests: readonly HubRequest[], file: string) =>
  requests.filter((request) => request.method === "GET" && request.file === file && request.origin === "store");

test("a model lies in the cache as Hugging Face's tools keep it, and only what we read of it", async () => {
  const files = await modelFiles();
  const { server, settings, commit } = await hubWith(files);
  const model = await fetchModel("org/model", undefined, { settings });
  const repository = join(settings.cache, "models--org--model");
  expect(model).toMatchObject({ revision: "main", commit, folder: join(repository, "snapshots", commit), missing: [] });
  expect(await readFile(join(repository, "refs", "main"), "utf8")).toBe(commit);
  expect((await readdir(model.folder)).toSorted()).toEqual([
    "config.json",
    "generation_config.json",
    WEIGHTS,
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  for (const name of await readdir(model.folder)) {
    expect(await readFile(join(model.folder, name))).toEqual(files.get(name));
  }
  expect(await readlink(join(model.folder, WEIGHTS))).toBe(`../../blobs/${sha256(files.get(WEIGHTS)!)}`);
  const config = files.get("config.json")!;
  const git = createHash("sha1").update(`blob ${config.length}\0`).update(config).digest("hex");
  expect(await readlink(join(model.folder, "config.json"))).toBe(`../../blobs/${git}`);
  expect(await readdir(join(repository, ".no_exist", commit))).toEqual(["chat_template.jinja"]);
  expect(server.requests.map(({ file }) => file)).not.toContain("README.md");
});

test("a model of the cache is not downloaded again, and its commit not even asked for", async () => {
  const { server, settings, commit } = await hubWith(await modelFiles());
  await fetchModel("org/model", "main", { settings });
  const before = server.requests.length;
  await fetchModel("org/model", "main", { settings });
  expect(server.requests.slice(before).map(({ path }) => path)).toEqual(["/api/models/org/model/revision/main"]);
  await fetchModel("org/model", commit, { settings });
  expect(server.requests).toHaveLength(before + 1);
});

test("what other tools downloaded is used, and what they left out is added", async () => {
  const files = await modelFiles();
  const { server, settings, commit } = await hubWith(files);
  const model = await fetchModel("org/model", undefined, { settings });
  await rm(join(settings.cache, "models--org--model", ".no_exist"), { recursive: true });
  await rm(join(model.folder, "generation_config.json"));
  const before = server.requests.length;
  await fetchModel("org/model", commit, { settings });
  expect(await readFile(join(model.folder, "generation_config.json"))).toEqual(files.get("generation_config.json"));
  expect(bodies(server.requests.slice(before), WEIGHTS)).toEqual([]);
});

test("a mirror that tells sizes and checksums with the files alone is asked for them", async () => {
  const files = await modelFiles();
  const { server, settings } = await hubWith(files, { bare: true });
  const resolved = await resolveModel("org/model", "main", { settings });
  expect(resolved.bytes).toBe(resolved.missing.reduce((sum, { path }) => sum + files.get(path)!.length, 0));
  expect(resolved.missing.find(({ path }) => path === WEIGHTS)?.checksum).toBe(sha256(files.get(WEIGHTS)!));
  expect(server.requests.every(({ method, path }) => method === "HEAD" || path.startsWith("/api/models/"))).toBe(true);
});

test("a connection that is cut goes on where it was, as often as it gets on, and every byte counts once", async () => {
  const files = await modelFiles();
  const size = files.get(WEIGHTS)!.length;
  const step = 32_768;
  const seen = new Seen();
  // More cuts than retries: each try comes further.
  const { server, settings } = await hubWith(files, {
    fault: ({ origin, times }) =>
      origin === "store"
        ? { kind: "cut", after: step, until: seen.until(Math.max(0, size - times * step)) }
        : undefined,
  });
  const model = await fetchModel("org/model", "main", { settings, onProgress: seen.onProgress });
  expect(await readFile(join(model.folder, WEIGHTS))).toEqual(files.get(WEIGHTS));
  const ranges = bodies(server.requests, WEIGHTS).map(({ range }) => range);
  expect(ranges).toEqual(
    Array.from({ length: Math.ceil(size / step) }, (_, i) => (i === 0 ? undefined : `bytes=${i * step}-`)),
  );
  const done = seen.all.map(({ bytes }) => bytes.done);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  const { bytes } = seen.all.at(-1)!;
  expect(seen.all.at(-1)).toMatchObject({ waiting: false, files: { done: 5, total: 5 } });
  expect(bytes.done).toBe(bytes.total);
});

test("a download that failed is taken up by the next one", async () => {
  const files = await modelFiles();
  const size = files.get(WEIGHTS)!.length;
  const seen = new Seen();
  let broken = true;
  const { server, settings } = await hubWith(files, {
    fault: ({ origin, times }) => {
      if (origin !== "store" || !broken) return undefined;
      return times === 1
        ? { kind: "cut", after: 40_960, until: seen.until(size - 40_960) }
        : { kind: "status", status: 503 };
    },
  });
  const failing = fetchModel("org/model", "main", { settings, onProgress: seen.onProgress });
  await expect(failing).rejects.toMatchObject({ code: "hub-failed" });
  broken = false;
  const before = server.requests.length;
  await fetchModel("org/model", "main", { settings });
  expect(bodies(server.requests.slice(before), WEIGHTS).map(({ range }) => range)).toEqual(["bytes=40960-"]);
});

test("a server that knows no ranges sends the whole again, and the file is right", async () => {
  const files = await modelFiles();
  const { settings } = await hubWith(files, {
    fault: ({ origin, times }) =>
      origin === "store" ? (times === 1 ? { kind: "cut", after: 20_000 } : { kind: "no-ranges" }) : undefined,
  });
  const model = await fetchModel("org/model", "main", { settings });
  expect(await readFile(join(model.folder, WEIGHTS))).toEqual(files.get(WEIGHTS));
});

test("a download that is stopped ends at once with what it has", async () => {
  const { server, settings } = await hubWith(await modelFiles(), {
    fault: ({ origin }) => (origin === "store" ? { kind: "hold", after: 8192 } : undefined),
  });
  const stop = new AbortController();
  const pulling = fetchModel("org/model", "main", { settings, signal: stop.signal });
  await vi.waitFor(() => expect(bodies(server.requests, WEIGHTS)).toHaveLength(1));
  stop.abort();
  await expect(pulling).rejects.toMatchObject({ code: "interrupted" });
  expect(await listCachedModels(settings)).toMatchObject([{ repository: "org/model", complete: false }]);
});

test("two downloads of one model at once: one waits, each file is fetched once, both end with the whole", async () => {
  const release = Promise.withResolvers<void>();
  const { server, settings } = await hubWith(await modelFiles(), {
    fault: ({ origin }) => (origin === "store" ? { kind: "hold", after: 8192, until: release.promise } : undefined),
  });
  const waited = vi.fn<() => void>();
  const first = fetchModel("org/model", "main", { settings });
  await vi.waitFor(() => expect(bodies(server.requests, WEIGHTS)).toHaveLength(1));
  const second = fetchModel("org/model", "main", {
    settings,
    onProgress: ({ waiting }) => {
      if (waiting) waited();
    },
  });
  await vi.waitFor(() => expect(waited).toHaveBeenCalled());
  release.resolve();
  const models = await Promise.all([first, second]);
  expect(new Set(models.map(({ folder }) => folder)).size).toBe(1);
  expect(bodies(server.requests, WEIGHTS)).toHaveLength(1);
});

test("a model in shards comes with the shards of its index, and without the same weights in one file", async () => {
  const files = await modelFiles();
  const weights = files.get(WEIGHTS)!;
  const shard = "model-00001-of-00001.safetensors";
  files.set(shard, weights);
  const header = JSON.parse(weights.subarray(8, 8 + Number(weights.readBigUInt64LE(0))).toString()) as object;
  const map = Object.fromEntries(Object.keys(header).map((name) => [name, shard]));
  files.set("model.safetensors.index.json", Buffer.from(JSON.stringify({ metadata: {}, weight_map: map })));
  const { settings } = await hubWith(files);
  const model = await fetchModel("org/model", "main", { settings });
  expect(await readdir(model.folder)).toContain(shard);
  expect(await readdir(model.folder)).not.toContain(WEIGHTS);
});

test("a revision that has moved is said, and the old one stays under its commit", async () => {
  const files = await modelFiles();
  const { settings, repository, commit } = await hubWith(files);
  await fetchModel("org/model", "main", { settings });
  const next = repository.commit(await modelFiles({ seed: 2 }));
  const moved = await fetchModel("org/model", "main", { settings });
  expect(moved.commit).toBe(next);
  expect(moved.notes.join()).toContain(`from commit ${commit} to ${next}`);
  expect(moved.notes.join()).toContain(`org/model@${commit}`);
  const old = await fetchModel("org/model", commit, { settings });
  expect(await readFile(join(old.folder, WEIGHTS))).toEqual(files.get(WEIGHTS));
  expect((await fetchModel("org/model", "main", { settings })).notes).toEqual([]);
});

test("a branch that moves to a commit of the cache is noted too, for the next time and for offline", async () => {
  const { settings, repository, commit } = await hubWith(await modelFiles());
  await fetchModel("org/model", "main", { settings });
  const next = repository.commit(await modelFiles({ seed: 2 }));
  await fetchModel("org/model", next, { settings });
  expect((await fetchModel("org/model", "main", { settings })).notes).toHaveLength(1);
  const again = await fetchModel("org/model", "main", { settings });
  expect(again).toMatchObject({ commit: next, notes: [] });
  const offline = await fetchModel("org/model", "main", { settings: { ...settings, offline: true } });
  expect(offline.commit).toBe(next);
  expect((await fetchModel("org/model", commit, { settings })).commit).toBe(commit);
});

test("the token goes to the hub and not to the store that it sends on to", async () => {
  const files = await modelFiles();
  const { server, settings, repository } = await hubWith(files, { tokens: ["hf_mine"] });
  repository.gatedFor = new Set(["hf_mine"]);
  await fetchModel("org/model", "main", { settings: { ...settings, token: { value: "hf_mine", source: "HF_TOKEN" } } });
  for (const { origin, authorization } of server.requests) {
    expect(authorization).toBe(origin === "hub" ? "Bearer hf_mine" : undefined);
  }
  expect(server.requests.some(({ origin }) => origin === "store")).toBe(true);
});

test("offline, the cache is all there is, and nothing is asked", async () => {
  const { server, settings, commit } = await hubWith(await modelFiles());
  await fetchModel("org/model", "main", { settings });
  const before = server.requests.length;
  const model = await fetchModel("org/model", "main", { settings: { ...settings, offline: true } });
  expect(model.commit).toBe(commit);
  expect(server.requests).toHaveLength(before);
});

test("a hub that is down is no failure where the cache holds what the branch was", async () => {
  const { settings, commit } = await hubWith(await modelFiles());
  await fetchModel("org/model", "main", { settings });
  const down = { ...settings, endpoint: "http://127.0.0.1:5" };
  const model = await fetchModel("org/model", "main", { settings: down });
  expect(model.commit).toBe(commit);
  expect(model.notes.join()).toMatch(/could not be asked \(hub-unreachable\).*taken from the cache/);
});

test("a leftover that is longer than the file is thrown away", async () => {
  const files = await modelFiles();
  const { settings } = await hubWith(files);
  const { missing } = await resolveModel("org/model", "main", { settings });
  const blobs = join(settings.cache, "models--org--model", "blobs");
  await mkdir(blobs, { recursive: true });
  const { checksum, bytes } = missing.find(({ path }) => path === WEIGHTS)!;
  await writeFile(join(blobs, `${checksum}.touchstone-incomplete`), Buffer.alloc(bytes + 1));
  const model = await fetchModel("org/model", "main", { settings });
  expect(await readFile(join(model.folder, WEIGHTS))).toEqual(files.get(WEIGHTS));
  expect((await stat(join(model.folder, WEIGHTS))).size).toBe(bytes);
});
