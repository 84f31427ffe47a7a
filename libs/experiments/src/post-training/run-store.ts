import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors, writeSafetensors, type Weights } from "@touchstone/training";
import { appendLines, readJson, readLines, replaceLines, writeJson } from "../kept-files.ts";
import type { DeploymentRecord, RunRecord, StepRecord } from "./records.ts";

/**
 * The folder of one run. Every file appears whole or not at all, but the log of steps, whose last line may be torn: steps that the
 * trainer's own checkpoint has not seen are forgotten when it goes on. `run.json` is written when training has ended.
 */
export class RunStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The trainer's own state. */
  get checkpoint(): string {
    return join(this.folder, "checkpoint");
  }

  /** The run's end; undefined while it is not finished. */
  record(): Promise<RunRecord | undefined> {
    return readJson<RunRecord>(join(this.folder, "run.json"));
  }

  /** Ends the run: the trainer's state is no longer needed. */
  async finish(record: RunRecord): Promise<void> {
    await writeJson(join(this.folder, "run.json"), record);
    await rm(this.checkpoint, { recursive: true, force: true });
  }

  async steps(): Promise<readonly StepRecord[]> {
    const bySteps = new Map((await readLines<StepRecord>(this.#log)).map((record) => [record.step, record]));
    return [...bySteps.values()].toSorted((a, b) => a.step - b.step);
  }

  /** Forgets steps beyond `done`: they will be made again, to the same end. */
  async rewind(done: number): Promise<void> {
    await replaceLines(
      this.#log,
      (await this.steps()).filter(({ step }) => step <= done),
    );
  }

  addStep(record: StepRecord): Promise<void> {
    return appendLines(this.#log, [record]);
  }

  async saveWeights(step: number, weights: Weights): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeSafetensors(this.#weights(step), new Map(weights));
  }

  async weights(step: number): Promise<Weights> {
    return (await readSafetensors(this.#weights(step))).tensors;
  }

  async dropWeights(step: number): Promise<void> {
    await rm(this.#weights(step), { force: true });
  }

  /** `name` tells apart deployments on other problems or with other numbers of samples. */
  deployment(step: number, name: string): Promise<DeploymentRecord | undefined> {
    return readJson<DeploymentRecord>(this.#deployment(step, name));
  }

  saveDeployment(step: number, name: string, record: DeploymentRecord): Promise<void> {
    return writeJson(this.#deployment(step, name), record);
  }

  get #log(): string {
    return join(this.folder, "steps.jsonl");
  }

  #weights(step: number): string {
    return join(this.folder, `policy-${step}.safetensors`);
  }

  #deployment(step: number, name: string): string {
    return join(this.folder, `deployment-${step}-${name}.json`);
  }
}
