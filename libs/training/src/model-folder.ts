import { readFile } from "node:fs/promises";
import { join } from "node:path";
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

/** Reads `config.json` and `model.safetensors` of a folder in Hugging Face layout. */
export async function readModel(folder: string): Promise<Model> {
  const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as LlamaConfig;
  const architecture = (config["architectures"] as string[] | undefined)?.[0] ?? "none";
  const kind = KINDS[architecture];
  if (kind === undefined) throw new Error(`${folder}: architecture ${architecture}`);
  const { tensors } = await readSafetensors(join(folder, "model.safetensors"));
  return { config, kind, weights: tensors };
}
