import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TouchstoneError } from "@touchstone/core";
import { expect, it } from "vitest";
import { loadLanguageModel, loadRewardModel } from "../src/index.ts";
import { collect, fixture, request, SMALL, temporaryFolder } from "./models.ts";

const good = await fixture();

/** A copy of the good model with something changed. */
async function damaged(change: (folder: string) => Promise<void>): Promise<string> {
  const folder = temporaryFolder();
  await cp(good, folder, { recursive: true });
  await change(folder);
  return folder;
}

async function edited(name: string, fields: object): Promise<string> {
  return damaged(async (folder) => {
    const json = JSON.parse(await readFile(join(folder, name), "utf8")) as object;
    await writeFile(join(folder, name), JSON.stringify({ ...json, ...fields }));
  });
}

async function failure(
  folder: string,
  load: (folder: string) => Promise<unknown> = loadLanguageModel,
): Promise<TouchstoneError> {
  return load(folder).then(
    () => Promise.reject(new Error("it loaded")),
    (error: unknown) => error as TouchstoneError,
  );
}

it("says that there is no folder", async () => {
  expect(await failure("/nowhere/at-all")).toMatchObject({
    code: "missing-model",
    family: "input",
    value: "/nowhere/at-all",
    message: expect.stringContaining("./touchstone ls models") as string,
  });
});

it.each(["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])(
  "says that %s is missing",
  async (name) => {
    const folder = await damaged((copy) => rm(join(copy, name)));
    expect(await failure(folder)).toMatchObject({
      code: "missing-model-file",
      family: "input",
      value: folder,
      message: expect.stringContaining(`no readable ${name}`) as string,
    });
  },
);

it("says which file is not JSON", async () => {
  const folder = await damaged((copy) => writeFile(join(copy, "tokenizer.json"), "{"));
  expect(await failure(folder)).toMatchObject({ code: "invalid-model-file", value: join(folder, "tokenizer.json") });
});

it("says that a safetensors file was cut off, and which", async () => {
  const folder = await damaged((copy) => truncate(join(copy, "model.safetensors"), 20_000));
  expect(await failure(folder)).toMatchObject({
    code: "corrupt-safetensors",
    family: "input",
    message: expect.stringContaining(join(folder, "model.safetensors")) as string,
  });
});

it("says that a safetensors header is garbage", async () => {
  const folder = await damaged((copy) => writeFile(join(copy, "model.safetensors"), "no weights at all, only text"));
  expect(await failure(folder)).toMatchObject({ code: "corrupt-safetensors", family: "input" });
});

it("names an architecture it cannot build", async () => {
  const folder = await edited("config.json", { architectures: ["MambaForCausalLM"] });
  expect(await failure(folder)).toMatchObject({
    code: "unsupported-model",
    family: "input",
    message: expect.stringContaining("MambaForCausalLM") as string,
  });
});

it("names the tensor that does not fit the configuration", async () => {
  const folder = await edited("config.json", { intermediate_size: 50 });
  expect(await failure(folder)).toMatchObject({
    code: "invalid-weights",
    message: expect.stringContaining("model.layers.0.mlp") as string,
  });
});

it("says that the chat template is missing", async () => {
  const folder = await edited("tokenizer_config.json", { chat_template: undefined });
  expect(await failure(folder)).toMatchObject({ code: "missing-chat-template", value: folder });
});

it("says that the chat template or tokenizer cannot be used", async () => {
  const folder = await edited("tokenizer_config.json", { chat_template: "{% for x in %}" });
  expect(await failure(folder)).toMatchObject({ code: "invalid-tokenizer", value: folder });
});

it("runs a model whose files are links, as in Hugging Face's cache, under the same identity", async () => {
  const [cache, snapshot] = [temporaryFolder(), temporaryFolder()];
  await Promise.all([mkdir(cache), mkdir(snapshot)]);
  for (const name of await readdir(good)) {
    await cp(join(good, name), join(cache, `blob-of-${name}`));
    await symlink(join(cache, `blob-of-${name}`), join(snapshot, name));
  }
  const [plain, linked] = [await loadLanguageModel(good), await loadLanguageModel(snapshot)];
  expect({ ...linked.identity, name: plain.identity.name }).toEqual(plain.identity);
  const requests = [request("links", { count: 1 })];
  expect(await collect(linked, requests)).toEqual(await collect(plain, requests));
  await Promise.all([plain.close(), linked.close()]);
});

it("does not take a reward model for a policy or a policy for a reward model", async () => {
  expect(await failure(good, loadRewardModel)).toMatchObject({ code: "not-a-reward-model", family: "input" });
  const classifier = await fixture(SMALL, { kind: "classifier" });
  expect(await failure(classifier)).toMatchObject({ code: "not-a-language-model", family: "input" });
});

it("says which options cannot be met", async () => {
  const load = (options: Parameters<typeof loadLanguageModel>[1]) =>
    failure(good, (folder) => loadLanguageModel(folder, options));
  expect(await load({ tile: 0 })).toMatchObject({ code: "invalid-engine-option", family: "usage", value: 0 });
  expect(await load({ memoryLimit: 1000 })).toMatchObject({ code: "memory-limit", family: "engine" });
  expect(await load({ device: "tpu" as "cpu" })).toMatchObject({
    code: "unknown-device",
    family: "usage",
    value: "tpu",
  });
});

it("identifies a model by everything that changes what it draws", async () => {
  const identity = async (folder: string, tile?: number) => {
    const model = await loadLanguageModel(folder, tile === undefined ? {} : { tile });
    await model.close();
    return model.identity;
  };
  const base = await identity(good);
  const copy = await identity(await damaged(async () => {}));
  expect({ ...copy, name: base.name }).toEqual(base);
  expect(base).toMatchObject({ dtype: "F32", provider: "cpu", runtime: "onnxruntime-node@1.30.0", tile: 32 });
  const others = [
    [await identity(await fixture(SMALL, { seed: 2 })), "revision"],
    [await identity(await edited("tokenizer_config.json", { chat_template: "{{ bos_token }}x" })), "templateHash"],
    [await identity(await edited("generation_config.json", { eos_token_id: 5 })), "templateHash"],
    [await identity(await edited("config.json", { rms_norm_eps: 1e-6 })), "graphHash"],
    [await identity(good, 4), "tile"],
  ] as const;
  for (const [other, field] of others) expect(other[field]).not.toBe(base[field]);
});
