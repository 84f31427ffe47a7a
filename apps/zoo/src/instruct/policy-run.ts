import { initialWeights, passingOn } from "../initial-weights.ts";
import type { PolicyRun } from "../policy-run.ts";
import { demonstrationBatch } from "./batches.ts";
import { INSTRUCT_CONFIG } from "./model.ts";
import { WORLD_SEED } from "./world.ts";

/** Length of the one language-model run of this world: about 1,415 tokens a step, padding included. */
export const RUN_STEPS = 4300;
export const TOKENS_PER_STEP = 1415;

export const INSTRUCT_RUN: PolicyRun = {
  config: INSTRUCT_CONFIG,
  initial: () => passingOn(initialWeights(INSTRUCT_CONFIG, WORLD_SEED), INSTRUCT_CONFIG, WORLD_SEED, 0.7),
  batch: demonstrationBatch,
  steps: RUN_STEPS,
  snapshots: { every: 100, first: 1800 },
};
