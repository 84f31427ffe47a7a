import { promptHash, type PromptKey } from "@touchstone/pool";
import type { ImportedProblem } from "./responses.ts";

/** A problem under its id, with the number of its responses so far. */
export interface ListedProblem extends PromptKey {
  readonly prompt: string;
  readonly reference: string;
  readonly cluster: string;
  responses: number;
}

/** The problems of a file in the order of their first records. Holds prompts, and no response. */
export class ProblemList {
  readonly #byGroup = new Map<string, ListedProblem>();
  readonly #ids = new Set<string>();

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
    const listed = { problem, promptHash: hash, prompt, reference, cluster, responses: 0 };
    this.#byGroup.set(group, listed);
    return listed;
  }

  get problems(): readonly ListedProblem[] {
    return [...this.#byGroup.values()];
  }

  /** The split's file: JSON Lines. */
  toJsonLines(): string {
    return this.problems
      .map(({ problem: id, prompt, reference, cluster }) => `${JSON.stringify({ id, prompt, reference, cluster })}\n`)
      .join("");
  }
}
