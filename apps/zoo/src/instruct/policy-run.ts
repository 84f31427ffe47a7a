import type { PolicyRun } from "../policy-run.ts";
import { demonstrationBatch } from "./batches.ts";
import { INSTRUCT_CONFIG } from "./model.ts";
import { WORLD_SEED } from "./world.ts";

/** Length of the one language-model run of this world: about 2,770 tokens a step, padding included. */
export const RUN_STEPS = 1800;
export const TOKENS_PER_STEP = 2770;

export const INSTRUCT_RUN: PolicyRun = {
  config: INSTRUCT_CONFIG,
  seed: WORLD_SEED,
  batch: demonstrationBatch,
  steps: RUN_STEPS,
  snapshots: { every: 120, first: 600 },
};
