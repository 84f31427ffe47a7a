import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors, type LlamaConfig, type Weights } from "@touchstone/training";
import { writeHalfSafetensors } from "./half-precision.ts";

/** What a model folder holds beside the weights. */
export interface ModelFiles {
  readonly config: LlamaConfig;
  readonly tokenizer: object;
  readonly tokenizerConfig: object;
  /** Longest response that sampling allows. */
  readonly maxNewTokens: number;
  /** What the card will say of its origin. */
  readonly training?: Readonly<Record<string, unknown>>;
}

/** Writes a model folder in Hugging Face layout: weights, configuration, tokenizer, chat template, generation defaults. */
export async function exportFolder(folder: string, weights: Weights, files: ModelFiles): Promise<void> {
  const { config, training } = files;
  await mkdir(folder, { recursive: true });
  const path = join(folder, "model.safetensors");
  await (config["torch_dtype"] === "float16" ? writeHalfSafetensors(path, weights) : writeSafetensors(path, weights));
  const json = (name: string, value: object) => writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  await json("config.json", config);
  await json("tokenizer.json", files.tokenizer);
  await json("tokenizer_config.json", files.tokenizerConfig);
  await json("generation_config.json", {
    bos_token_id: config["bos_token_id"],
    eos_token_id: config["eos_token_id"],
    pad_token_id: config["pad_token_id"],
    do_sample: true,
    temperature: 1,
    max_new_tokens: files.maxNewTokens,
  });
  if (training) await json("training.json", training);
}
