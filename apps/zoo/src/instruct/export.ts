import type { Weights } from "@touchstone/training";
import { exportFolder } from "../export.ts";
import { INSTRUCT_CONFIG } from "./model.ts";
import { tokenizerConfig, tokenizerJson } from "./tokenizer.ts";

/** Longest response that sampling allows: the longest demonstration has 50 tokens. */
export const MAX_NEW_TOKENS = 64;

/** Writes a model folder of this world. */
export async function exportModel(
  folder: string,
  weights: Weights,
  changes: Readonly<Record<string, unknown>> = {},
  training?: Readonly<Record<string, unknown>>,
): Promise<void> {
  await exportFolder(folder, weights, {
    config: { ...INSTRUCT_CONFIG, ...changes },
    tokenizer: tokenizerJson(),
    tokenizerConfig: tokenizerConfig(),
    maxNewTokens: MAX_NEW_TOKENS,
    ...(training && { training }),
  });
}
