import { appendFile, chmod, mkdir, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HubFault, HubRequest } from "@touchstone/testkit/hub-server";
import { expect, test } from "vitest";
import { checkFits, fetchModel, hubSettings, pullModel, resolveModel, type HubSettings } from "../src/index.ts";
import { hubWith, modelFiles, temporaryFolder } from "./hub.ts";

const WEIGHTS = "model.safetensors";

/** Every request of this kind meets the fault. */
const always =
  (fault: HubFault, origin: HubRequest["origin"] = "store") =>
  (request: HubRequest): HubFault | undefined =>
    request.origin === origin ? fault : undefined;

test("a name that the hub does not know", async () => {
  const { settings } = await hubWith(await modelFiles());
  await expect(fetchModel("org/other", undefined, { settings })).rejects.toThrow(
    /^unknown-hub-model: .* Received: org\/other\. .*HF_TOKEN/,
  );
});

test("a revision that the model does not have", async () => {
  const { settings } = await hubWith(await modelFiles());
  await expect(fetchModel("org/model", "v2", { settings })).rejects.toThrow(
    /^unknown-hub-revision: org\/model has no branch, tag or commit of this name\. Received: v2\./,
  );
});

test("a gated model without a token, with one that was not let in, and with one that nobody has", async () => {
  const { settings, repository } = await hubWith(await modelFiles(), { tokens: ["hf_in", "hf_out"] });
  repository.gatedFor = new Set(["hf_in"]);
  const as = (value: string): HubSettings => ({ ...settings, token: { value, source: "HF_TOKEN" } });
  await expect(fetchModel("org/model", "main", { settings })).rejects.toThrow(
    /^gated-model: .*shows a token.*Accept the terms at .*\/org\/model, make a token .*HF_TOKEN/,
  );
  await expect(fetchModel("org/model", "main", { settings: as("hf_out") })).rejects.toThrow(
    /^gated-model: .*the token from HF_TOKEN has not been let in/,
  );
  await expect(fetchModel("org/model", "main", { settings: as("hf_wrong") })).rejects.toThrow(
    /^bad-hub-token: The hub does not know the token from HF_TOKEN/,
  );
  await expect(fetchModel("org/model", "main", { settings: as("hf_in") })).resolves.toMatchObject({ missing: [] });
});

test("no message shows a token", async () => {
  const { settings } = await hubWith(await modelFiles());
  const token = { value: "hf_secret", source: "HF_TOKEN" };
  const error: unknown = await fetchModel("org/model", "main", { settings: { ...settings, token } }).catch(
    (cause: unknown) => cause,
  );
  expect(JSON.stringify(error) + String(error)).not.toContain("hf_secret");
});

test("a file that arrives changed is thrown away, tried once more, and refused", async () => {
  const { server, settings } = await hubWith(await modelFiles(), { fault: always({ kind: "corrupt" }) });
  await expect(fetchModel("org/model", "main", { settings })).rejects.toThrow(
    /^checksum-mismatch: .*should be [0-9a-f]{64}, and is [0-9a-f]{64}; it was thrown away\. Received: model\.safetensors\./,
  );
  expect(server.requests.filter(({ origin }) => origin === "store")).toHaveLength(2);
  const blobs = await readdir(join(settings.cache, "models--org--model", "blobs"));
  expect(blobs.filter((name) => name.length !== 40)).toEqual([]);
});

test("a leftover of other bytes is found out by the checksum, and the file is fetched anew", async () => {
  const { settings } = await hubWith(await modelFiles());
  const { missing } = await resolveModel("org/model", "main", { settings });
  const { checksum } = missing.find(({ path }) => path === WEIGHTS)!;
  const blobs = join(settings.cache, "models--org--model", "blobs");
  await mkdir(blobs, { recursive: true });
  await writeFile(join(blobs, `${checksum}.touchstone-incomplete`), Buffer.alloc(1000, 7));
  await expect(fetchModel("org/model", "main", { settings })).resolves.toMatchObject({ missing: [] });
});

test("a server that ends short of the announced size, again and again", async () => {
  const { settings } = await hubWith(await modelFiles(), { fault: always({ kind: "body", text: "short" }) });
  await expect(fetchModel("org/model", "main", { settings })).rejects.toThrow(/^hub-malformed-answer: .* of \d+ bytes/);
});

test.each([
  [500, "hub-failed", /status 500 during asking for org\/model@main/],
  [429, "hub-rate-limited", /status 429/],
])("a hub that keeps answering %i, after it was asked again", async (status, code, says) => {
  const fault = always({ kind: "status", status }, "hub");
  const { server, settings } = await hubWith(await modelFiles(), { fault });
  const error = fetchModel("org/model", "main", { settings });
  await expect(error).rejects.toMatchObject({ code, what: expect.stringMatching(says) });
  expect(server.requests).toHaveLength(1 + settings.retries!);
});

test("a hub that is busy for a moment is asked again when it says", async () => {
  const { settings } = await hubWith(await modelFiles(), {
    fault: ({ times, path }) =>
      times === 1 && path.startsWith("/api/models/")
        ? { kind: "status", status: 429, headers: { "retry-after": "0.01" } }
        : undefined,
  });
  await expect(fetchModel("org/model", "main", { settings })).resolves.toMatchObject({ missing: [] });
});

test("a hub that would be waited for very long is not", async () => {
  const fault = always({ kind: "status", status: 429, headers: { "retry-after": "3600" } }, "hub");
  const { server, settings } = await hubWith(await modelFiles(), { fault });
  await expect(fetchModel("org/model", "main", { settings })).rejects.toMatchObject({ code: "hub-rate-limited" });
  expect(server.requests).toHaveLength(1);
});

test("a hub that is down", async () => {
  const { settings } = await hubWith(await modelFiles());
  const down = { ...settings, endpoint: "http://127.0.0.1:5" };
  await expect(fetchModel("org/model", "main", { settings: down })).rejects.toThrow(/^hub-unreachable: .*HF_ENDPOINT/);
});

test("a hub that sends nothing more", async () => {
  const fault = always({ kind: "hold", after: 8192 });
  const { settings } = await hubWith(await modelFiles(), { fault });
  const impatient = { ...settings, stallSeconds: 0.2, retries: 0 };
  await expect(fetchModel("org/model", "main", { settings: impatient })).rejects.toThrow(
    /^hub-timeout: The hub sent nothing for 0\.2 s during .*HF_HUB_DOWNLOAD_TIMEOUT/,
  );
});

test.each([
  ["no JSON", "<html>a proxy's page</html>"],
  ["another JSON", '{"sha": "main"}'],
])("an answer that is %s", async (_, text) => {
  const { settings } = await hubWith(await modelFiles(), { fault: always({ kind: "body", text }, "hub") });
  await expect(fetchModel("org/model", "main", { settings })).rejects.toThrow(/^hub-malformed-answer: .*HF_ENDPOINT/);
});

test("offline, a model that the cache lacks, or holds in part", async () => {
  const { settings } = await hubWith(await modelFiles());
  const offline = { ...settings, offline: true };
  await expect(fetchModel("org/model", undefined, { settings: offline })).rejects.toThrow(
    /^not-in-cache: .*this model is not in the cache.*models pull org\/model@main/,
  );
  const { folder } = await fetchModel("org/model", "main", { settings });
  await rm(join(folder, WEIGHTS));
  await expect(fetchModel("org/model", "main", { settings: offline })).rejects.toThrow(/only a part of this model is/);
});

test.each([
  ["no tokenizer.json", "tokenizer.json", /it has no tokenizer\.json/],
  ["weights of another format", WEIGHTS, /its weights are not in the safetensors format/],
])("a repository with %s is refused before anything is downloaded", async (_, lacking, says) => {
  const files = await modelFiles();
  files.delete(lacking);
  const { settings } = await hubWith(files);
  await expect(fetchModel("org/model", "main", { settings })).rejects.toThrow(says);
  expect(await readdir(settings.cache)).toEqual([]);
});

test("weights that would not fit into memory are refused before they are downloaded, by their number of parameters or bytes", async () => {
  const { settings } = await hubWith(await modelFiles());
  const model = await resolveModel("org/model", "main", { settings });
  const memoryLimit = 2 ** 30;
  expect(() => checkFits(model, { memoryLimit })).not.toThrow();
  // 7.6 billion parameters are 30 GB as float32.
  const counted = { ...model, parameters: { BF16: 7.6e9 } };
  expect(() => checkFits(counted, { memoryLimit })).toThrow(/^memory-limit: .*Received: 1024 MiB/);
  const large = { ...model, missing: [{ path: WEIGHTS, bytes: 15e9, checksum: "" }] };
  expect(() => checkFits(large, { memoryLimit })).toThrow(/^memory-limit: /);
});

test("numbers of a type that is not read are refused before they are downloaded", async () => {
  const { server, settings } = await hubWith(await modelFiles());
  const model = await resolveModel("org/model", "main", { settings });
  await expect(pullModel({ ...model, parameters: { F8_E4M3: 1000, BF16: 10 } }, { settings })).rejects.toThrow(
    /^unsupported-model: .*Received: F8_E4M3\./,
  );
  expect(server.requests.some(({ origin }) => origin === "store")).toBe(false);
});

test("a model that does not fit onto the disk is refused before anything is downloaded", async () => {
  const { server, settings } = await hubWith(await modelFiles());
  const model = await resolveModel("org/model", "main", { settings });
  const missing = model.missing.map((file) => (file.path === WEIGHTS ? { ...file, bytes: 1e18 } : file));
  await expect(pullModel({ ...model, missing }, { settings })).rejects.toThrow(
    /^disk-full: The model needs 1000000000\.00 GB more, and the disk .* has [0-9.]+ GB left/,
  );
  expect(server.requests).toHaveLength(1);
});

test("an architecture that is not run is refused before its weights are downloaded", async () => {
  const files = await modelFiles();
  const config = JSON.parse(files.get("config.json")!.toString()) as object;
  files.set("config.json", Buffer.from(JSON.stringify({ ...config, architectures: ["MambaForCausalLM"] })));
  const { server, settings } = await hubWith(files);
  await expect(fetchModel("org/model", "main", { settings })).rejects.toMatchObject({ code: "unsupported-model" });
  expect(server.requests.some(({ origin }) => origin === "store")).toBe(false);
});

test("an index that names a shard which is not there is refused before the others are downloaded", async () => {
  const files = await modelFiles();
  const map = { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" };
  files.set(map.a, files.get(WEIGHTS)!);
  files.set("model.safetensors.index.json", Buffer.from(JSON.stringify({ weight_map: map })));
  const { server, settings } = await hubWith(files);
  await expect(fetchModel("org/model", "main", { settings })).rejects.toThrow(
    /^unsupported-repository: .*Received: model-00002-of-00002\.safetensors/,
  );
  expect(server.requests.some(({ origin }) => origin === "store")).toBe(false);
});

test("settings are those that Hugging Face's tools read", async () => {
  const home = await temporaryFolder();
  await appendFile(join(home, "token"), "hf_file\n");
  expect(hubSettings({ HF_HOME: home })).toMatchObject({
    endpoint: "https://huggingface.co",
    cache: join(home, "hub"),
    token: { value: "hf_file", source: join(home, "token") },
    offline: false,
  });
  expect(
    hubSettings({
      HF_HOME: home,
      HF_TOKEN: "hf_env",
      HF_ENDPOINT: "https://mirror/",
      HF_HUB_CACHE: "/c",
      HF_HUB_OFFLINE: "1",
    }),
  ).toEqual({
    endpoint: "https://mirror",
    cache: "/c",
    token: { value: "hf_env", source: "HF_TOKEN" },
    offline: true,
  });
  await truncate(join(home, "token"));
  expect(hubSettings({ HF_HOME: home }).token).toBeUndefined();
});

test.runIf(process.getuid?.() !== 0)("a cache that cannot be written to", async () => {
  const { settings } = await hubWith(await modelFiles());
  await chmod(settings.cache, 0o500);
  await expect(fetchModel("org/model", "main", { settings })).rejects.toMatchObject({ code: "unwritable-folder" });
});
