import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { canonicalJson } from "@touchstone/core";
import type { ModelIdentity, ModelSize } from "@touchstone/core";
import { countParameters } from "@touchstone/graph";
import type { Model } from "@touchstone/graph";
import type { EnginePlan } from "./device.ts";
import { provenCommit, publishedAs } from "./hub/cached.ts";
import type { ModelFolder } from "./model-folder.ts";

/** `onnxruntime-node@1.30.0`, from the package that runs. */
export const RUNTIME = `onnxruntime-node@${
  (createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }).version
}`;

/** sha256 (hex) over names and bytes of the configuration and the weights. */
export async function revisionOf(folder: ModelFolder): Promise<string> {
  const hash = createHash("sha256");
  for (const name of folder.weightFiles) {
    hash.update(`${name}\0`);
    for await (const chunk of createReadStream(join(folder.path, name), { highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}

/** sha256 (hex) over everything that turns messages into tokens and tokens into an end: tokenizer, template, end tokens. */
export function templateHashOf(folder: ModelFolder): string {
  const { tokenizer, tokenizerConfig, chatTemplate, generationConfig } = folder;
  const ends = generationConfig["eos_token_id"] ?? folder.model.config.endTokens;
  return sha256(canonicalJson({ tokenizer, tokenizerConfig, chatTemplate, ends }));
}

/** How the weights are stored, `F32` or `BF16+F32`; all arithmetic is float32. */
export function dtypeOf(folder: ModelFolder): string {
  return [...new Set([...folder.model.weights.values()].map(({ dtype }) => dtype))].toSorted().join("+");
}

export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}

/** Everything that changes what a model draws (law 6). */
export async function identityOf(folder: ModelFolder, plan: EnginePlan, graphHash: string): Promise<ModelIdentity> {
  const published = publishedAs(folder.path);
  return {
    name: published?.repository ?? folder.name,
    // A commit says as much as a hash of our own, once the files are known to be the commit's.
    revision: (published && (await provenCommit(published, folder.weightFiles))) ?? (await revisionOf(folder)),
    dtype: dtypeOf(folder),
    templateHash: templateHashOf(folder),
    provider: plan.provider,
    runtime: RUNTIME,
    graphHash,
    tile: plan.tile,
  };
}

export function sizeOf(model: Model): ModelSize {
  const { layers, heads, headSize } = model.config;
  return { ...countParameters(model), attentionWidth: layers * heads * headSize };
}
