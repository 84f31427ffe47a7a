import type { Problem } from "@touchstone/core";
import type { PromptKey } from "@touchstone/pool";
import type { Draw } from "./draws.ts";

/** Samples in memory at once, about. */
const SAMPLES_A_CHUNK = 4096;

export interface Chunk {
  readonly problems: readonly Problem[];
  readonly prompts: readonly PromptKey[];
  /** Problems of the draw that come before this chunk. */
  readonly before: number;
}

/** A draw's problems in pieces whose samples fit into memory. */
export function* inChunks({ problems, prompts, count }: Draw): Generator<Chunk> {
  const size = Math.max(1, Math.floor(SAMPLES_A_CHUNK / count));
  for (let before = 0; before < problems.length; before += size) {
    const end = before + size;
    yield { problems: problems.slice(before, end), prompts: prompts.slice(before, end), before };
  }
}
