import { initialWeights } from "../initial-weights.ts";
import type { PolicyRun } from "../policy-run.ts";
import { demonstrationBatch } from "./batches.ts";
import { ARITH_CONFIG } from "./model.ts";
import { WORLD_SEED } from "./world.ts";

/** Length of the one language-model run of this world: about 2,809 tokens a step, padding included. */
export const RUN_STEPS = 3204;
export const TOKENS_PER_STEP = 2809;

/** A snapshot about every half million tokens, from about 2.5 million on: policy and trunks are chosen among them. */
export const ARITH_RUN: PolicyRun = {
  config: ARITH_CONFIG,
  initial: () => initialWeights(ARITH_CONFIG, WORLD_SEED),
  batch: demonstrationBatch,
  steps: RUN_STEPS,
  snapshots: { every: 178, first: 5 * 178 },
};
