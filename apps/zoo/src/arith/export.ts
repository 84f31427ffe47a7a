import type { Weights } from "@touchstone/training";
import { exportFolder } from "../export.ts";
import { ARITH_CONFIG } from "./model.ts";
import { tokenizerConfig, tokenizerJson } from "./tokenizer.ts";

/** Longest response that sampling allows: the longest worked solution has 54 tokens. */
export const MAX_NEW_TOKENS = 64;

/** Fields of config.json that differ between the models of this world. */
export type ConfigChanges = Partial<Record<string, unknown>>;

/** Writes a model folder of this world. */
export async function exportModel(
  folder: string,
  weights: Weights,
  changes: ConfigChanges = {},
  training?: Readonly<Record<string, unknown>>,
): Promise<void> {
  await exportFolder(folder, weights, {
    config: { ...ARITH_CONFIG, ...changes },
    tokenizer: tokenizerJson(),
    tokenizerConfig: tokenizerConfig(),
    maxNewTokens: MAX_NEW_TOKENS,
    ...(training && { training }),
  });
}
