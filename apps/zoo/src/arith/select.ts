import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { accuracy, figure, type Figure } from "../figures.ts";
import { readSnapshot, snapshotSteps } from "../policy-run.ts";
import type { Progress } from "../progress.ts";
import { scoreResponses } from "../score.ts";
import { drawResponses } from "./draw.ts";
import { exportModel } from "./export.ts";
import { LIKELIHOOD, likelihoodOf } from "./reward-layouts.ts";
import { TOKENS_PER_STEP } from "./policy-run.ts";
import { publishedProblems } from "./problems.ts";
import { pairwiseFigure } from "./reward-figures.ts";

/**
 * What the snapshots are chosen for, on the validation split alone and fixed before anything was measured: the policy is the
 * one whose accuracy is nearest to this, the trunk of `small` the one before the policy's whose likelihood ranks the policy's samples nearest to this pairwise accuracy.
 */
export const POLICY_ACCURACY = 0.55;
export const SMALL_PAIRWISE = 0.73;

const SAMPLES = 4;
const SEED = 21;

/** The snapshots chosen, by their step, with what they were chosen on. */
export interface Selection {
  readonly policy: number;
  readonly small: number;
  readonly accuracy: readonly { readonly step: number; readonly tokens: number; readonly figure: Figure }[];
  readonly pairwise: readonly { readonly step: number; readonly figure: Figure }[];
}

/** Chooses among the snapshots of `run` and writes `path`. `scratch` holds exported candidates. */
export async function selectSnapshots(
  places: { readonly root: string; readonly run: string; readonly scratch: string; readonly path: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<Selection> {
  const problems = await publishedProblems(places.root, "validation");
  const clusters = problems.map(({ cluster }) => cluster);
  const steps = await snapshotSteps(places.run);
  const measured = [];
  for (const step of steps) {
    const folder = join(places.scratch, `lm-${step}`);
    await exportModel(folder, await readSnapshot(places.run, step));
    const model = await loadLanguageModel(folder, { tile: SAMPLES });
    const drawn = await drawResponses(model, problems, { count: SAMPLES, seed: SEED, signal });
    await model.close();
    const found = figure("accuracy", "Validation accuracy", drawn.map(accuracy), clusters, SAMPLES);
    measured.push({ step, tokens: step * TOKENS_PER_STEP, figure: found, drawn });
    await progress.say(`step ${step}: accuracy ${found.estimate.toFixed(3)}`);
  }
  const policy = nearest(measured, POLICY_ACCURACY);
  const pairwise = [];
  for (const step of steps.filter((candidate) => candidate < policy.step)) {
    const folder = join(places.scratch, `likelihood-${step}`);
    await exportModel(folder, likelihoodOf(await readSnapshot(places.run, step)), LIKELIHOOD);
    const model = await loadRewardModel(folder);
    const scored = await scoreResponses(model, problems, policy.drawn, { signal });
    await model.close();
    const found = pairwiseFigure("pairwise", "Validation pairwise accuracy of the likelihood", scored);
    pairwise.push({ step, figure: found });
    await progress.say(`step ${step}: pairwise ${found.estimate.toFixed(3)}`);
  }
  const selection: Selection = {
    policy: policy.step,
    small: nearest(pairwise, SMALL_PAIRWISE).step,
    accuracy: measured.map(({ step, tokens, figure: found }) => ({ step, tokens, figure: found })),
    pairwise,
  };
  await mkdir(places.scratch, { recursive: true });
  await writeFile(places.path, `${JSON.stringify(selection, null, 2)}\n`);
  return selection;
}

function nearest<T extends { readonly figure: Figure }>(candidates: readonly T[], target: number): T {
  const distance = (candidate: T): number => Math.abs(candidate.figure.estimate - target);
  const chosen = candidates.toSorted((a, b) => distance(a) - distance(b))[0];
  if (!chosen) throw new RangeError("no snapshot to choose from: run the stage policy-run to its end first");
  return chosen;
}
