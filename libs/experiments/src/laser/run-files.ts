import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { StepRecord } from "./teacher.ts";

/** What an evaluation of the policy found after so many iterations. */
export interface EvaluationRecord {
  readonly iteration: number;
  readonly metric: string;
  readonly estimate: number;
  readonly problems: number;
  /** Responses a problem. */
  readonly samples: number;
}

/** What a majority vote came to on one problem. */
export interface VoteRecord {
  readonly problem: string;
  readonly accuracy: number;
}

/** The records of one run in its folder, one JSON a line. A line that a sudden end cut off is as if it had not been written. */
export class RunFiles {
  readonly #steps: string;
  readonly #evaluations: string;
  readonly #votes: string;

  constructor(folder: string) {
    this.#votes = join(folder, "votes.jsonl");
    this.#steps = join(folder, "steps.jsonl");
    this.#evaluations = join(folder, "evaluations.jsonl");
  }

  addStep(record: StepRecord): Promise<void> {
    return append(this.#steps, [record]);
  }

  steps(): Promise<readonly StepRecord[]> {
    return read<StepRecord>(this.#steps);
  }

  /** Forgets the steps from `step` on: training goes on from a state that did not know them. */
  async rewind(step: number): Promise<readonly StepRecord[]> {
    const all = await this.steps();
    const kept = all.filter((record) => record.step < step);
    await replace(this.#steps, kept);
    return kept;
  }

  /** All records of one evaluation at once: it was made whole or not at all. */
  addEvaluation(records: readonly EvaluationRecord[]): Promise<void> {
    return append(this.#evaluations, [records]);
  }

  /** Votes of the trained policy, in place of what was there. */
  saveVotes(records: readonly VoteRecord[]): Promise<void> {
    return replace(this.#votes, records);
  }

  votes(): Promise<readonly VoteRecord[]> {
    return read<VoteRecord>(this.#votes);
  }

  async evaluations(): Promise<readonly EvaluationRecord[]> {
    return (await read<readonly EvaluationRecord[]>(this.#evaluations)).flat();
  }
}

async function append(path: string, records: readonly unknown[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A torn line of an earlier process must not swallow the first one of this.
  const torn = await readFile(path, "utf8").then(
    (text) => text !== "" && !text.endsWith("\n"),
    () => false,
  );
  await appendFile(path, `${torn ? "\n" : ""}${linesOf(records)}`);
}

async function replace(path: string, records: readonly unknown[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.partial`, linesOf(records));
  await rename(`${path}.partial`, path);
}

function linesOf(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

async function read<T>(path: string): Promise<readonly T[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}
