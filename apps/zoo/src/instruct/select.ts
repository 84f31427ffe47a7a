import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel } from "@touchstone/inference";
import { figure, type Figure } from "../figures.ts";
import { readSnapshot, snapshotSteps } from "../policy-run.ts";
import type { Progress } from "../progress.ts";
import { onePerTemplate } from "../sampling.ts";
import { drawResponses } from "./draw.ts";
import { exportModel } from "./export.ts";
import { saturated } from "./policy-figures.ts";
import { TOKENS_PER_STEP } from "./policy-run.ts";
import { publishedProblems } from "./problems.ts";

/**
 * What the snapshots are chosen for, on the validation split alone and fixed before anything was measured: the policy is the last one
 * under which at most this share of problems is saturated. Where none is, the one with the smallest share.
 */
export const MOST_SATURATED = 0.42;

/** Samples of a problem among which one that keeps every constraint makes it saturated. */
export const SATURATION_SAMPLES = 256;

const SEED = 21;

/** The snapshot chosen, by its step, with what it was chosen on. */
export interface Selection {
  readonly policy: number;
  /** Of those looked at, from the last one back. */
  readonly measured: readonly {
    readonly step: number;
    readonly tokens: number;
    readonly gold: Figure;
    readonly saturated: Figure;
  }[];
}

/** Looks at the snapshots of `run` from the last one back until one will do, and writes `path`. `scratch` holds exported candidates. */
export async function selectSnapshot(
  places: { readonly root: string; readonly run: string; readonly scratch: string; readonly path: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<Selection> {
  const problems = onePerTemplate(await publishedProblems(places.root, "validation"));
  const clusters = problems.map(({ cluster }) => cluster);
  const measured = [];
  for (const step of (await snapshotSteps(places.run)).toReversed()) {
    const folder = join(places.scratch, `lm-${step}`);
    await exportModel(folder, await readSnapshot(places.run, step));
    const model = await loadLanguageModel(folder);
    const drawn = await drawResponses(model, problems, { count: SATURATION_SAMPLES, seed: SEED, signal, progress });
    await model.close();
    const mean = (name: string, text: string, values: readonly number[]): Figure =>
      figure(name, text, values, clusters, SATURATION_SAMPLES);
    const gold = drawn.map((responses) => responses.reduce((sum, one) => sum + one.gold, 0) / responses.length);
    const found = {
      step,
      tokens: step * TOKENS_PER_STEP,
      gold: mean("gold", "Validation gold of a single sample", gold),
      saturated: mean("saturated", "Share of validation problems that are saturated", drawn.map(saturated)),
    };
    measured.push(found);
    await progress.say(
      `step ${step}: gold ${found.gold.estimate.toFixed(3)}, saturated ${found.saturated.estimate.toFixed(3)}`,
    );
    if (found.saturated.estimate <= MOST_SATURATED) break;
  }
  const best = measured.toSorted((a, b) => a.saturated.estimate - b.saturated.estimate)[0];
  if (!best) throw new RangeError("no snapshot to choose from: run the stage policy-run to its end first");
  const selection = { policy: best.step, measured };
  await mkdir(places.scratch, { recursive: true });
  await writeFile(places.path, `${JSON.stringify(selection, null, 2)}\n`);
  return selection;
}
