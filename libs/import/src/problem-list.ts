import { stream, type Split } from "@touchstone/core";
import { promptHash, type PromptKey } from "@touchstone/pool";
import type { Mapping } from "./mapping.ts";
import type { ImportedProblem } from "./responses.ts";

/** Key of the shares: fixed, so that a problem stays in its split when a file grows. */
const SPLIT_SEED = 20261120;

/** A problem under its id, with the number of its responses so far. */
export interface ListedProblem extends PromptKey {
  readonly prompt: string;
  readonly reference: string;
  readonly cluster: string;
  readonly split: Split;
  responses: number;
}

/** The problems of a file in the order of their first records. Holds prompts, and no response. */
export class ProblemList {
  readonly #byGroup = new Map<string, ListedProblem>();
  readonly #ids = new Set<string>();
  readonly #shares: { readonly train?: number | undefined; readonly validation?: number | undefined };

  constructor({ problem: { split } }: Mapping) {
    this.#shares = split && !("path" in split) ? split : {};
  }

  /**
   * The problem to which a record belongs, listed now if it is the first of its group. Throws what `fail` makes where two
   * records of a group differ in prompt or reference, or two groups share an id.
   */
  enter(found: ImportedProblem, fail: (why: string, value: unknown) => Error): ListedProblem {
    const { group, prompt, reference } = found;
    const known = this.#byGroup.get(group);
    if (known) {
      if (known.prompt !== prompt) throw fail("its prompt is not that of its problem's earlier records", prompt);
      if (known.reference !== reference)
        throw fail("its reference is not that of its problem's earlier records", reference);
      return known;
    }
    const problem = found.id ?? String(this.#byGroup.size);
    if (this.#ids.has(problem)) throw fail("its id is already that of another problem", problem);
    this.#ids.add(problem);
    const hash = promptHash([{ role: "user", content: prompt }]);
    const cluster = found.cluster ?? problem;
    const split = found.split ?? this.#splitOf(cluster);
    const listed = { problem, promptHash: hash, prompt, reference, cluster, split, responses: 0 };
    this.#byGroup.set(group, listed);
    return listed;
  }

  get problems(): readonly ListedProblem[] {
    return [...this.#byGroup.values()];
  }

  /** Problems of one cluster stay together. */
  #splitOf(cluster: string): Split {
    const { train = 0, validation = 0 } = this.#shares;
    const place = stream(SPLIT_SEED, "split", cluster).uniform();
    return place < train ? "train" : place < train + validation ? "validation" : "test";
  }

  /** Splits that have problems. */
  get splits(): readonly Split[] {
    return [...new Set(this.problems.map(({ split }) => split))];
  }

  /** The file of a split: JSON Lines. */
  toJsonLines(split: Split): string {
    return this.problems
      .filter((problem) => problem.split === split)
      .map(({ problem: id, prompt, reference, cluster }) => `${JSON.stringify({ id, prompt, reference, cluster })}\n`)
      .join("");
  }
}
