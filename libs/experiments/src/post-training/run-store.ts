import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors, writeSafetensors, type Weights } from "@touchstone/training";
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
    await writeWhole(join(this.folder, "run.json"), record);
    await rm(this.checkpoint, { recursive: true, force: true });
  }

  async steps(): Promise<readonly StepRecord[]> {
    const text = await readFile(this.#log, "utf8").catch(absent);
    const bySteps = new Map<number, StepRecord>();
    for (const line of text?.split("\n") ?? []) {
      const record = parsed<StepRecord>(line);
      if (record !== undefined) bySteps.set(record.step, record);
    }
    return [...bySteps.values()].toSorted((a, b) => a.step - b.step);
  }

  /** Forgets steps beyond `done`: they will be made again, to the same end. */
  async rewind(done: number): Promise<void> {
    const kept = (await this.steps()).filter(({ step }) => step <= done);
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${this.#log}.unfinished`, kept.map((record) => `${JSON.stringify(record)}\n`).join(""));
    await rename(`${this.#log}.unfinished`, this.#log);
  }

  async addStep(record: StepRecord): Promise<void> {
    const file = await open(this.#log, "a");
    try {
      await file.write(`${JSON.stringify(record)}\n`);
    } finally {
      await file.close();
    }
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
    return writeWhole(this.#deployment(step, name), record);
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

async function writeWhole(path: string, value: unknown): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(`${path}.unfinished`, `${JSON.stringify(value)}\n`);
  await rename(`${path}.unfinished`, path);
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, "utf8").catch(absent);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function parsed<T>(line: string): T | undefined {
  try {
    return line === "" ? undefined : (JSON.parse(line) as T);
  } catch {
    return undefined;
  }
}
