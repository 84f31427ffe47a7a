import { join } from "node:path";
import { appendLines, readLines, replaceLines } from "../kept-files.ts";
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
    return appendLines(this.#steps, [record]);
  }

  steps(): Promise<readonly StepRecord[]> {
    return readLines<StepRecord>(this.#steps);
  }

  /** Forgets the steps from `step` on: training goes on from a state that did not know them. */
  async rewind(step: number): Promise<readonly StepRecord[]> {
    const all = await this.steps();
    const kept = all.filter((record) => record.step < step);
    await replaceLines(this.#steps, kept);
    return kept;
  }

  /** All records of one evaluation at once: it was made whole or not at all. */
  addEvaluation(records: readonly EvaluationRecord[]): Promise<void> {
    return appendLines(this.#evaluations, [records]);
  }

  /** Votes of the trained policy, in place of what was there. */
  saveVotes(records: readonly VoteRecord[]): Promise<void> {
    return replaceLines(this.#votes, records);
  }

  votes(): Promise<readonly VoteRecord[]> {
    return readLines<VoteRecord>(this.#votes);
  }

  async evaluations(): Promise<readonly EvaluationRecord[]> {
    return (await readLines<readonly EvaluationRecord[]>(this.#evaluations)).flat();
  }
}
