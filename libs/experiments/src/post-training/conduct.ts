import { join } from "node:path";
import { throwIfInterrupted, type Problem } from "@touchstone/core";
import { chosenProblems } from "@touchstone/evaluation";
import { mean } from "@touchstone/stats";
import { bestOf } from "./best-of.ts";
import type { Comparison } from "./comparison.ts";
import type { Contestant } from "./contestants.ts";
import { deploy, deployedProblems } from "./deploy.ts";
import { chosenRate, finalsOf, runName, settingsOf, trialsOf, type RunSpec, type Setting } from "./plan.ts";
import type { DeploymentRecord, RunRecord, StepRecord } from "./records.ts";
import { RunStore } from "./run-store.ts";
import type { Scene } from "./scene.ts";
import { trainRun } from "./train-run.ts";

/** A run that has ended, with what it was deployed to. */
export interface Conducted {
  readonly name: string;
  readonly record: RunRecord;
  readonly steps: readonly StepRecord[];
  /** By steps trained; of trials on validation problems. Empty where it diverged. */
  readonly deployments: ReadonlyMap<number, DeploymentRecord>;
}

/** A setting with its trials and its reported runs. */
export interface ConductedSetting {
  readonly setting: Setting;
  readonly contestant: Contestant;
  readonly trials: readonly Conducted[];
  /** Undefined where every trial diverged: nothing is reported then. */
  readonly rate: number | undefined;
  readonly finals: readonly Conducted[];
}

export interface ConductedScene {
  readonly scene: Scene;
  readonly problems: readonly Problem[];
  readonly validation: readonly Problem[];
  /** The base policy on the reported problems. */
  readonly base: DeploymentRecord;
  readonly settings: readonly ConductedSetting[];
}

/** What is going on, for a progress line. */
export interface Activity {
  readonly spec: RunSpec | undefined;
  readonly doing: "train" | "deploy" | "validate";
  /** Steps done of a training; 0 of others. */
  readonly step: number;
  /** Whether the run was there already. */
  readonly found: boolean;
}

export interface ConductOptions {
  readonly comparison: Comparison;
  readonly contestants: readonly Contestant[];
  /** Where runs are kept; finished ones are found again there. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onActivity?: ((activity: Activity) => void) | undefined;
}

/** All runs of one world, in the order: every row's trials, then its reported runs, the first seeds of all rows before the next. */
export async function conduct(scene: Scene, world: number, options: ConductOptions): Promise<ConductedScene> {
  const { comparison, contestants, signal } = options;
  const { tuning, deployment } = comparison;
  const problems = chosenProblems(scene.dataset, deployment.split, deployment.problems);
  const validation = chosenProblems(scene.dataset, tuning.split, tuning.problems);
  const conductor = new Conductor(scene, options, { problems, validation });
  const base = await conductor.base();
  const settings = settingsOf(comparison, contestants).filter((setting) => setting.world === world);
  const tuned: Omit<ConductedSetting, "finals">[] = [];
  for (const setting of settings) {
    const contestant = contestants.find(({ label }) => label === setting.label)!;
    const trials: Conducted[] = [];
    for (const spec of trialsOf(setting, comparison, contestant)) trials.push(await conductor.run(spec, contestant));
    const rate = chosenRate(
      trials.map((trial) => ({ rate: trial.record.spec.rate, value: valueOf(trial, setting.deployed) })),
    );
    tuned.push({ setting, contestant, trials, rate });
  }
  const specs = tuned.map(({ setting, contestant, rate }) =>
    rate === undefined ? [] : finalsOf(setting, rate, comparison, contestant),
  );
  const finals = tuned.map((): Conducted[] => []);
  const most = Math.max(...specs.map(({ length }) => length));
  for (let i = 0; i < most; i++) {
    for (const [k, { contestant }] of tuned.entries()) {
      throwIfInterrupted(signal, "training");
      const spec = specs[k]![i];
      if (spec !== undefined) finals[k]!.push(await conductor.run(spec, contestant));
    }
  }
  const conducted = tuned.map((one, k) => ({ ...one, finals: finals[k]! }));
  return { scene, problems, validation, base, settings: conducted };
}

/** What validation compares: the mean best-of-N reward; NaN where the trial diverged. */
export function valueOf({ deployments }: Conducted, deployed: number): number {
  const last = [...deployments.values()].at(-1);
  return last === undefined ? Number.NaN : mean(bestOf(deployedProblems(last), "reward", deployed));
}

interface Held {
  readonly problems: readonly Problem[];
  readonly validation: readonly Problem[];
}

class Conductor {
  readonly #scene: Scene;
  readonly #options: ConductOptions;
  readonly #on: Held;

  constructor(scene: Scene, options: ConductOptions, on: Held) {
    this.#scene = scene;
    this.#options = options;
    this.#on = on;
  }

  async base(): Promise<DeploymentRecord> {
    const { comparison, signal, onActivity } = this.#options;
    const { samples } = comparison.deployment;
    const spec = { label: "base", rollouts: 0, deployed: null, rate: 0, seed: 0, role: "final" as const, world: 0 };
    const store = this.#store(runName(spec, this.#scene.dataset.name, this.#scene.identities));
    const name = this.#deploymentName("final", samples);
    const known = await store.deployment(0, name);
    onActivity?.({ spec: undefined, doing: "deploy", step: 0, found: known !== undefined });
    if (known !== undefined) return known;
    await this.#scene.deployed.replaceWeights(this.#scene.weights);
    const record = await deploy({
      scene: this.#scene,
      comparison,
      problems: this.#on.problems,
      samples,
      klSamples: 0,
      signal,
    });
    await store.saveDeployment(0, name, record);
    return record;
  }

  async run(spec: RunSpec, contestant: Contestant): Promise<Conducted> {
    const { comparison, signal, onActivity } = this.#options;
    const scene = this.#scene;
    const { training, maxTokens, tuning, deployment } = comparison;
    const options = contestant.options(spec.rollouts);
    const name = runName(spec, scene.dataset.name, {
      ...scene.identities,
      version: scene.dataset.version,
      training,
      maxTokens,
      options,
      // The weights of a trial are dropped once it was validated.
      validated: spec.role === "trial" ? [this.#deploymentName("trial", tuning.samples), deployment.klSamples] : null,
    });
    const store = this.#store(name);
    const finished = await store.record();
    onActivity?.({ spec, doing: "train", step: finished ? training.steps : 0, found: finished !== undefined });
    const record = await trainRun({
      spec,
      contestant,
      comparison,
      scene,
      store,
      signal,
      onStep: (step) => onActivity?.({ spec, doing: "train", step, found: false }),
    });
    const deployments = new Map<number, DeploymentRecord>();
    if (record.state === "finished") {
      for (const moment of record.moments) deployments.set(moment, await this.#deployAt(moment, spec, store));
    }
    // A trial is never deployed again.
    if (spec.role === "trial") await Promise.all(record.moments.map((moment) => store.dropWeights(moment)));
    return { name, record, steps: await store.steps(), deployments };
  }

  async #deployAt(moment: number, spec: RunSpec, store: RunStore): Promise<DeploymentRecord> {
    const { comparison, signal, onActivity } = this.#options;
    const { tuning, deployment, training } = comparison;
    const trial = spec.role === "trial";
    const last = moment === training.steps;
    const samples = trial ? tuning.samples : last ? deployment.samples : deployment.checkpointSamples;
    const name = this.#deploymentName(spec.role, samples);
    const known = await store.deployment(moment, name);
    const doing = trial ? ("validate" as const) : ("deploy" as const);
    onActivity?.({ spec, doing, step: moment, found: known !== undefined });
    if (known !== undefined) return known;
    await this.#scene.deployed.replaceWeights(await store.weights(moment));
    const record = await deploy({
      scene: this.#scene,
      comparison,
      problems: trial ? this.#on.validation : this.#on.problems,
      samples,
      klSamples: Math.min(deployment.klSamples, samples),
      signal,
    });
    await store.saveDeployment(moment, name, record);
    return record;
  }

  /** Everything that changes a deployment but the weights. */
  #deploymentName(role: RunSpec["role"], samples: number): string {
    const { tuning, deployment } = this.#options.comparison;
    const { split, problems } = role === "trial" ? tuning : deployment;
    return `${split}-${problems}x${samples}-seed${deployment.seed}`;
  }

  #store(name: string): RunStore {
    return new RunStore(join(this.#options.folder, "runs", name));
  }
}
