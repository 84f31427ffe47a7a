import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import type { LlamaConfig, ModelKind } from "./config.ts";
import { readSafetensors } from "./safetensors.ts";
import type { Weights } from "./weights.ts";

const KINDS: Readonly<Record<string, ModelKind>> = {
  LlamaForCausalLM: "language-model",
  LlamaForSequenceClassification: "classifier",
  LlamaForLikelihoodReward: "likelihood",
};

export interface Model {
  readonly config: LlamaConfig;
  readonly kind: ModelKind;
  readonly weights: Weights;
}

/**
 * Reads `config.json` and `model.safetensors` of a folder in Hugging Face layout.
 * @throws TouchstoneError `missing-model-file`, `invalid-model-file`, `unsupported-model`, `corrupt-safetensors`
 */
export async function readModel(folder: string): Promise<Model> {
  const path = join(folder, "config.json");
  const config = parseConfig(await present(path, readFile(path, "utf8")), path);
  const kind = KINDS[config.architectures?.[0] ?? ""];
  if (kind === undefined) {
    throw new TouchstoneError({
      code: "unsupported-model",
      family: "input",
      what: `The architecture of ${folder} is not one that is trained here.`,
      value: config.architectures?.[0],
      fix: `Supported: ${Object.keys(KINDS).join(", ")}.`,
    });
  }
  const weights = join(folder, "model.safetensors");
  const { tensors } = await present(weights, readSafetensors(weights));
  return { config, kind, weights: tensors };
}

async function present<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw new TouchstoneError({
      code: "missing-model-file",
      family: "input",
      what: "A file of the model is missing.",
      value: path,
      fix: "Name a folder with config.json and model.safetensors.",
      cause,
    });
  }
}

function parseConfig(text: string, path: string): LlamaConfig {
  try {
    return JSON.parse(text) as LlamaConfig;
  } catch (cause) {
    throw new TouchstoneError({
      code: "invalid-model-file",
      family: "input",
      what: `${path} is not JSON.`,
      value: text.slice(0, 60),
      fix: "Copy or download the file again.",
      cause,
    });
  }
}
