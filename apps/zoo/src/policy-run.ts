import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  readSafetensors,
  trainSupervised,
  writeSafetensors,
  type LlamaConfig,
  type SupervisedBatch,
  type Weights,
} from "@touchstone/training";
import type { Progress } from "./progress.ts";
import { stepLog } from "./step-log.ts";

/** The one language-model run of a world. */
export interface PolicyRun {
  readonly config: LlamaConfig;
  /** Fresh weights. */
  readonly initial: () => Weights;
  readonly batch: (step: number) => SupervisedBatch;
  readonly steps: number;
  readonly snapshots: { readonly every: number; readonly first: number };
}

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

export async function readSnapshot(folder: string, step: number): Promise<Weights> {
  return (await readSafetensors(join(folder, "snapshots", snapshotName(step)))).tensors;
}

/** Trains the language model on demonstrations and keeps averaged weights along the way. Resumes from its last checkpoint. */
export async function runPolicy(
  run: PolicyRun,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(join(folder, "snapshots"), { recursive: true });
  await trainSupervised({
    config: run.config,
    initial: run.initial(),
    batch: run.batch,
    steps: run.steps,
    optimizer: { schedule: { kind: "constant", peak: 0.003, warmup: 100 }, betas: [0.9, 0.98], averageDecay: 0.995 },
    checkpoint: { folder: join(folder, "state"), every: run.snapshots.every },
    signal,
    onStep: stepLog(progress, run.steps),
    onCheckpoint: async ({ step, average }) => {
      if (step < run.snapshots.first) return;
      await writeSafetensors(join(folder, "snapshots", snapshotName(step)), average);
      await progress.say(`snapshot at step ${step}`);
    },
  });
}
