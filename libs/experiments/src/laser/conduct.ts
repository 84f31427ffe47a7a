import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, throwIfInterrupted, TouchstoneError, type LaserTables } from "@touchstone/core";
import { writeSafetensors } from "@touchstone/training";
import { readJson, writeJson } from "../kept-files.ts";
import { bestRate } from "./best-rate.ts";
import { evaluatePolicy } from "./evaluate-policy.ts";
import { laserFinals, laserRunName, laserTrials, type LaserExperiment, type LaserRunSpec } from "./experiment.ts";
import { preferenceTrainer } from "./preference-trainer.ts";
import type { RankedModel } from "./rank-models.ts";
import { rankOnValidation, type Ranking } from "./rank-on-validation.ts";
import { RunFiles, type EvaluationRecord } from "./run-files.ts";
import { trainingModels, type LaserScene } from "./scene.ts";
import { bestOfByRule } from "./select.ts";
import { laserTables, type TabledRun } from "./tables.ts";
import { Teacher, type TeacherOptions } from "./teacher.ts";
import { isFinished, trainRun } from "./train-run.ts";
import { voteOfPolicy } from "./vote.ts";

/** What is going on, for a progress line. */
export interface LaserActivity {
  /** Undefined while reward models are ranked. */
  readonly run: LaserRunSpec | undefined;
  /** Of all runs, those done or found done. */
  readonly done: number;
  readonly runs: number;
  /** Steps done of this one. */
  readonly step: number;
  readonly steps: number;
}

export interface ConductLaserOptions {
  readonly experiment: LaserExperiment;
  readonly scene: LaserScene;
  /** What a finished run is found again by, beside its own specification: models and dataset. */
  readonly identities: unknown;
  /** Where runs are kept. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onActivity?: ((activity: LaserActivity) => void) | undefined;
  /** Told after every run what there is so far. */
  readonly onTables?: ((tables: LaserTables) => Promise<void>) | undefined;
}

/**
 * All runs of an experiment: reward models are ranked and a learning rate is chosen on validation problems, then every rule is trained for
 * every seed. Finished runs are found again, a stopped one goes on. Throws `interrupted`, and `diverged` where no learning rate works.
 */
export async function conductLaser(options: ConductLaserOptions): Promise<LaserTables> {
  const { experiment, scene, folder, identities, signal, onActivity, onTables } = options;
  const { training } = experiment;
  const steps = training.iterations * training.steps;
  const trials = laserTrials(experiment);
  const runs = trials.length + laserFinals(experiment, 0).length;
  let done = 0;
  const tell = (run: LaserRunSpec | undefined, step: number): void => onActivity?.({ run, done, runs, step, steps });

  tell(undefined, 0);
  const ranked = await kept(join(folder, `ranking-${hashOf(experiment, identities)}.json`), () =>
    rankOnValidation({ scene, experiment, signal }),
  );
  const conducted: TabledRun[] = [];
  let start: Promise<readonly EvaluationRecord[]> | undefined;
  const flaws = new Map([...scene.rewardModels].flatMap(([name, { planted }]) => (planted ? [[name, planted]] : [])));
  const tables = (): LaserTables => laserTables(experiment, flaws, ranked, conducted);
  const carryOut = async (spec: LaserRunSpec): Promise<void> => {
    throwIfInterrupted(signal, "training");
    tell(spec, 0);
    const path = join(folder, "runs", laserRunFolder(spec, experiment, identities));
    const finished = await conductRun(spec, path, options, {
      ranking: ranked.ranking,
      start: () => (start ??= evaluatePolicy({ scene, experiment, signal }, "reported", 0)),
      onStep: (step) => tell(spec, step),
    });
    done++;
    if (!finished) return;
    const files = new RunFiles(path);
    const [found, evaluations, votes] = [await files.steps(), await files.evaluations(), await files.votes()];
    conducted.push({ spec, steps: found, evaluations, votes });
    await onTables?.(tables());
  };
  let rate = training.rates[0]!;
  if (trials.length > 0) {
    for (const spec of trials) await carryOut(spec);
    rate = bestRate(conducted, training.iterations);
  }
  for (const spec of laserFinals(experiment, rate)) await carryOut(spec);
  return tables();
}

interface RunContext {
  readonly ranking: readonly RankedModel[];
  /** Evaluates the policy as it was, which is in use; for all runs once. */
  readonly start: () => Promise<readonly EvaluationRecord[]>;
  readonly onStep: (step: number) => void;
}

/** One run; false where it diverged: it has no numbers. */
async function conductRun(
  spec: LaserRunSpec,
  path: string,
  { experiment, scene, signal }: ConductLaserOptions,
  { ranking, start, onStep }: RunContext,
): Promise<boolean> {
  const { training, bandit, vote } = experiment;
  const files = new RunFiles(path);
  if (await isFinished(files, training.iterations)) return true;
  const checkpoint = join(path, "checkpoint");
  const given = { scene, experiment, signal };
  const last = training.iterations;
  const models = trainingModels(scene, experiment, { seed: spec.seed, signal });
  const teaching: TeacherOptions = {
    ...spec,
    ...training,
    steps: training.iterations * training.steps,
    batch: training.prompts,
    bandit,
    ranking,
    problems: scene.dataset.problems("train"),
  };
  try {
    await trainRun({
      ...teaching,
      iterations: training.iterations,
      folder: path,
      models,
      train: preferenceTrainer({ scene, training, rate: spec.rate, folder: checkpoint, signal }),
      use: (weights) => scene.policy.replaceWeights(weights),
      async evaluate(iteration) {
        if (spec.role === "trial") return iteration === last ? evaluatePolicy(given, "validation", iteration) : [];
        if (iteration === 0) return start();
        const single = await evaluatePolicy(given, "reported", iteration);
        if (iteration < last) return single;
        const teacher = new Teacher(teaching, models, await files.steps());
        const found = [...single, ...(await bestOfByRule(given, { rule: spec.rule, teacher, iteration }))];
        const voted = await voteOfPolicy(given);
        if (voted === undefined) return found;
        await files.saveVotes(voted.problems);
        const { samples, problems } = voted;
        const accuracy = problems.reduce((sum, one) => sum + one.accuracy, 0) / problems.length;
        const metric = `majority_at_${vote!.tokens}_tokens`;
        return [...found, { iteration, metric, estimate: accuracy, problems: problems.length, samples }];
      },
      async onTrained(weights) {
        if (spec.role === "final") await writeSafetensors(join(path, "model.safetensors"), weights);
      },
      onStep,
    });
  } catch (error) {
    if (error instanceof TouchstoneError && error.code === "diverged") return false;
    throw error;
  }
  // Moments of the optimiser are of no use to a finished run, and four times as large as its weights.
  await rm(checkpoint, { recursive: true, force: true });
  return true;
}

/** What a file holds, or what is made and then written into it. */
async function kept(path: string, make: () => Promise<Ranking>): Promise<Ranking> {
  const known = await readJson<Ranking>(path);
  if (known !== undefined) return known;
  const made = await make();
  await writeJson(path, made);
  return made;
}

/** Name of a run's folder: runs whose settings, models and problems are equal have equal ones, and others not. */
export function laserRunFolder(spec: LaserRunSpec, experiment: LaserExperiment, identities: unknown): string {
  return `${laserRunName(spec)}-${hashOf(experiment, identities)}`;
}

function hashOf(experiment: LaserExperiment, identities: unknown): string {
  const { training, dataset, policy, rewardModels, validation, evaluation, bandit, vote } = experiment;
  const { rates: _rates, ...fixed } = training;
  const everything = { fixed, dataset, policy, rewardModels, validation, evaluation, bandit, vote, identities };
  return createHash("sha256").update(canonicalJson(everything)).digest("hex").slice(0, 8);
}
