import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { trainSupervised, writeSafetensors } from "@touchstone/training";
import type { Progress } from "../progress.ts";
import { stepLog } from "../step-log.ts";
import { demonstrationBatch } from "./batches.ts";
import { initialWeights } from "./initial-weights.ts";
import { ARITH_CONFIG } from "./model.ts";

/** Length of the one language-model run of this world: about 2,809 tokens a step, padding included. */
export const RUN_STEPS = 3204;
/** A snapshot about every half million tokens, from about 2.5 million on: policy and trunks are chosen among them. */
const SNAPSHOT_EVERY = 178;
const FIRST_SNAPSHOT = 5 * SNAPSHOT_EVERY;

export const TOKENS_PER_STEP = 2809;

export function snapshotName(step: number): string {
  return `step-${String(step).padStart(5, "0")}.safetensors`;
}

/** Steps of the snapshots there are, in order. */
export async function snapshotSteps(folder: string): Promise<number[]> {
  const names = await readdir(join(folder, "snapshots")).catch(() => []);
  return names
    .flatMap((name) => /^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** Trains the language model on demonstrations and keeps averaged weights along the way. Resumes from its last checkpoint. */
export async function runPolicy(folder: string, progress: Progress, signal: AbortSignal): Promise<void> {
  await mkdir(join(folder, "snapshots"), { recursive: true });
  await trainSupervised({
    config: ARITH_CONFIG,
    initial: initialWeights(),
    batch: demonstrationBatch,
    steps: RUN_STEPS,
    optimizer: { schedule: { kind: "constant", peak: 0.003, warmup: 100 }, betas: [0.9, 0.98], averageDecay: 0.995 },
    checkpoint: { folder: join(folder, "state"), every: SNAPSHOT_EVERY },
    signal,
    onStep: stepLog(progress, RUN_STEPS),
    onCheckpoint: async ({ step, average }) => {
      if (step < FIRST_SNAPSHOT) return;
      await writeSafetensors(join(folder, "snapshots", snapshotName(step)), average);
      await progress.say(`snapshot at step ${step}`);
    },
  });
}
