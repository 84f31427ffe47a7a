import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors, type LlamaConfig, type Weights } from "@touchstone/training";
import { ARITH_CONFIG } from "./model.ts";
import { tokenizerConfig, tokenizerJson } from "./tokenizer.ts";

/** Longest response that sampling allows: the longest worked solution has 54 tokens. */
export const MAX_NEW_TOKENS = 64;

/** Fields of config.json that differ between the models of this world. */
export type ConfigChanges = Partial<Record<string, unknown>>;

/** Writes a model folder in Hugging Face layout: weights, configuration, tokenizer, chat template, generation defaults. `training` is what the card will say of its origin. */
export async function exportModel(
  folder: string,
  weights: Weights,
  changes: ConfigChanges = {},
  training?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const config: LlamaConfig = { ...ARITH_CONFIG, ...changes };
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, "model.safetensors"), weights);
  const json = (name: string, value: object) => writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  await json("config.json", config);
  await json("tokenizer.json", tokenizerJson());
  await json("tokenizer_config.json", tokenizerConfig());
  await json("generation_config.json", {
    bos_token_id: config["bos_token_id"],
    eos_token_id: config["eos_token_id"],
    pad_token_id: config["pad_token_id"],
    do_sample: true,
    temperature: 1,
    max_new_tokens: MAX_NEW_TOKENS,
  });
  if (training) await json("training.json", training);
}
