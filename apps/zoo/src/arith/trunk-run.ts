import { join } from "node:path";
import { readSafetensors, trainSupervised, writeSafetensors, type Weights } from "@touchstone/training";
import type { Progress } from "../progress.ts";
import { stepLog } from "../step-log.ts";
import { demonstrationBatch } from "./batches.ts";
import { ARITH_CONFIG } from "./model.ts";
import { RUN_STEPS } from "./policy-run.ts";

/** About two million tokens more. */
export const TRUNK_STEPS = 712;

/** In the stage's folder: the averaged weights at the end. */
export const TRUNK_FILE = "trunk.safetensors";

/**
 * Goes on from the last snapshot with fresh demonstrations while the learning rate falls to 0: a trunk that knows more
 * arithmetic than the policy, for a fraction of the tokens that the constant rate would need.
 */
export async function runTrunk(from: Weights, folder: string, progress: Progress, signal: AbortSignal): Promise<void> {
  const { average } = await trainSupervised({
    config: ARITH_CONFIG,
    initial: from,
    batch: (step) => demonstrationBatch(RUN_STEPS + step),
    steps: TRUNK_STEPS,
    optimizer: {
      schedule: { kind: "cosine", peak: 0.002, warmup: 40, steps: TRUNK_STEPS },
      betas: [0.9, 0.98],
      averageDecay: 0.98,
    },
    checkpoint: { folder: join(folder, "state"), every: 178 },
    signal,
    onStep: stepLog(progress, TRUNK_STEPS),
  });
  await writeSafetensors(join(folder, TRUNK_FILE), average);
}

/** The trunk, once the stage has finished. */
export async function readTrunk(folder: string): Promise<Weights> {
  return (await readSafetensors(join(folder, TRUNK_FILE))).tensors;
}
