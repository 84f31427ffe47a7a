import { type FileHandle, open, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import {
  checkWeights,
  locateWeights,
  parseModelConfig,
  parseSafetensorsHeader,
  safetensorsHeaderSize,
} from "@touchstone/graph";
import type { Model, WeightReference } from "@touchstone/graph";

/** A model in Hugging Face layout, read but for its weights. */
export interface ModelFolder {
  /** Absolute path. */
  readonly path: string;
  /** The folder's name: the model's short name. */
  readonly name: string;
  readonly model: Model;
  /** Parsed `tokenizer.json`, `tokenizer_config.json`, `generation_config.json` (empty object where there is none). */
  readonly tokenizer: Record<string, unknown>;
  readonly tokenizerConfig: Record<string, unknown>;
  readonly generationConfig: Record<string, unknown>;
  /** Jinja source, of `chat_template.jinja` or of `tokenizer_config.json`. */
  readonly chatTemplate: string;
  /** File names, relative to `path`, whose bytes decide what is computed: the configuration and the weights. */
  readonly weightFiles: readonly string[];
  /**
   * The same model with its weights named by their real place, relative to `folder`: what graphs that run are built from. Differs from
   * `model` where files are links, as in Hugging Face's cache: ONNX Runtime follows none out of the folder it is given.
   */
  readonly opened: { readonly folder: string; readonly model: Model };
  /** Bytes of all weights as float32, in which they are computed with. */
  readonly weightBytes: number;
}

/**
 * Reads and checks a model's folder.
 * @throws TouchstoneError `missing-model`, `missing-model-file`, `invalid-model-file`, `missing-chat-template`, and those of the graph library
 * for weights and configuration (`invalid-weights`, `unsupported-model`, `invalid-model`)
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const path = resolve(folder);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new TouchstoneError({
      code: "missing-model",
      family: "input",
      what: "There is no model folder at this path.",
      value: folder,
      fix: "Give a folder with config.json, tokenizer.json and model.safetensors; `./touchstone ls models` lists the built-in ones.",
    });
  }
  const config = parseModelConfig(await readJson(path, "config.json"));
  const tokenizer = await readJson(path, "tokenizer.json");
  const tokenizerConfig = await readJson(path, "tokenizer_config.json");
  const generationConfig = (await readOptionalJson(path, "generation_config.json")) ?? {};
  const files = await weightFileNames(path);
  const headers = await Promise.all(files.map((name) => readHeader(path, name)));
  const model: Model = { config, weights: locateWeights(headers) };
  checkWeights(model);
  await checkTiedHead(path, model);
  const opened = await resolveLinks(path, files, model);
  return {
    path,
    name: basename(path),
    model,
    tokenizer,
    tokenizerConfig,
    generationConfig,
    chatTemplate: await readChatTemplate(path, tokenizerConfig),
    weightFiles: ["config.json", ...files],
    opened,
    weightBytes: [...model.weights.values()].reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0),
  };
}

async function weightFileNames(path: string): Promise<string[]> {
  const index = await readOptionalJson(path, "model.safetensors.index.json");
  if (index === undefined) return ["model.safetensors"];
  const names = Object.values((index["weight_map"] ?? {}) as Record<string, unknown>);
  const files = names.filter((name): name is string => typeof name === "string" && basename(name) === name);
  if (files.length > 0 && files.length === names.length) return [...new Set(files)].toSorted();
  throw new TouchstoneError({
    code: "invalid-model-file",
    family: "input",
    what: "model.safetensors.index.json does not say in which file of the folder each tensor lies.",
    value: join(path, "model.safetensors.index.json"),
    fix: "Download or write the file again.",
  });
}

/** A tied model's file may hold its head once more; another head would mean that the configuration is not of these weights. */
async function checkTiedHead(path: string, { config, weights }: Model): Promise<void> {
  const [embedding, head] = [weights.get("model.embed_tokens.weight"), weights.get("lm_head.weight")];
  if (!config.tiedEmbeddings || embedding === undefined || head === undefined) return;
  if (head.dtype === embedding.dtype && head.length === embedding.length) {
    const [one, other] = await Promise.all([openAt(path, embedding), openAt(path, head)]);
    try {
      if (await sameBytes(one, other, head.length)) return;
    } finally {
      await Promise.all([one.file.close(), other.file.close()]);
    }
  }
  throw new TouchstoneError({
    code: "invalid-weights",
    family: "input",
    what: "config.json ties the language-model head to the embedding, but the weights hold another one.",
    value: "lm_head.weight",
    fix: "If that head is meant, write `tie_word_embeddings: false` into config.json; otherwise download the model again.",
  });
}

interface Place {
  readonly file: FileHandle;
  readonly offset: number;
}

async function openAt(path: string, { location, offset }: WeightReference): Promise<Place> {
  return { file: await open(join(path, location)), offset };
}

async function sameBytes(one: Place, other: Place, length: number): Promise<boolean> {
  const [a, b] = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)];
  for (let at = 0; at < length; at += a.length) {
    const take = Math.min(a.length, length - at);
    await Promise.all([one.file.read(a, 0, take, one.offset + at), other.file.read(b, 0, take, other.offset + at)]);
    if (a.compare(b, 0, take, 0, take) !== 0) return false;
  }
  return true;
}

async function resolveLinks(path: string, files: readonly string[], model: Model): Promise<ModelFolder["opened"]> {
  const real = await Promise.all(files.map((name) => realpath(join(path, name))));
  const folder = commonFolder(real.map((file) => dirname(file)));
  const places = new Map(files.map((name, i) => [name, relative(folder, real[i]!).replaceAll(sep, "/")]));
  if (files.every((name) => places.get(name) === name)) return { folder, model };
  const weights = new Map(
    [...model.weights].map(([name, weight]) => [name, { ...weight, location: places.get(weight.location)! }]),
  );
  return { folder, model: { ...model, weights } };
}

function commonFolder(folders: readonly string[]): string {
  const [first = "", ...others] = folders;
  const inside = (folder: string, other: string) =>
    other === folder || other.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  let folder = first;
  while (!others.every((other) => inside(folder, other))) folder = dirname(folder);
  return folder;
}

async function readHeader(path: string, location: string) {
  const file = await open(join(path, location)).catch((cause: unknown) => {
    throw missing(path, location, cause);
  });
  try {
    const { size } = await file.stat();
    const first = Buffer.alloc(8);
    const { bytesRead } = await file.read(first, 0, 8, 0);
    const length = safetensorsHeaderSize(first.subarray(0, bytesRead), size);
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, 0);
    return { location, header: parseSafetensorsHeader(bytes, size) };
  } catch (error) {
    // The graph library has not seen the file's path: say which file it was.
    if (!(error instanceof TouchstoneError)) throw error;
    const { code, family, what, fix, value } = error;
    throw new TouchstoneError({ code, family, what: `${join(path, location)}: ${what}`, value, fix, cause: error });
  } finally {
    await file.close();
  }
}

async function readChatTemplate(path: string, tokenizerConfig: Record<string, unknown>): Promise<string> {
  const file = await readFile(join(path, "chat_template.jinja"), "utf8").catch(() => undefined);
  const inline = tokenizerConfig["chat_template"];
  const named = Array.isArray(inline)
    ? (inline as { name?: string; template?: string }[]).find(({ name }) => name === "default")?.template
    : inline;
  const template = file ?? named;
  if (typeof template === "string") return template;
  throw new TouchstoneError({
    code: "missing-chat-template",
    family: "input",
    what: "The model has no chat template, so a problem cannot be turned into a prompt.",
    value: path,
    fix: "Add `chat_template` to its tokenizer_config.json or a chat_template.jinja beside it.",
  });
}

async function readJson(path: string, name: string): Promise<Record<string, unknown>> {
  const text = await readFile(join(path, name), "utf8").catch((cause: unknown) => {
    throw missing(path, name, cause);
  });
  return parseJson(path, name, text);
}

async function readOptionalJson(path: string, name: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(join(path, name), "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseJson(path, name, text);
}

function parseJson(path: string, name: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new SyntaxError("not a JSON object");
  } catch (cause) {
    throw new TouchstoneError({
      code: "invalid-model-file",
      family: "input",
      what: `${name} of the model is not a JSON object (${(cause as Error).message}).`,
      value: join(path, name),
      fix: "Download or write the file again.",
      cause,
    });
  }
}

function missing(path: string, name: string, cause: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "missing-model-file",
    family: "input",
    what: `The model's folder has no readable ${name}.`,
    value: path,
    fix: "A model needs config.json, tokenizer.json, tokenizer_config.json and model.safetensors (or its shards with model.safetensors.index.json).",
    cause,
  });
}
