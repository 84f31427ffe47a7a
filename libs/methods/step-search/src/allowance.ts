import type { Access, ProblemView } from "@touchstone/core";
import type { Candidate } from "./candidate.ts";

/**
 * By how much attention can make one token dearer than another in FLOPs: it costs no more than the weights do up to contexts of
 * about six times the width of the model.
 */
const ATTENTION = 2;

/**
 * How many more parts of a response surely fit into what is left of a problem's budget. In samples a part costs 1. In tokens
 * and FLOPs its cost is known afterwards only, so it is taken for the dearest one: a whole response up to the length cap with its
 * reward, estimated from what the first response did cost. Before that, one part.
 */
export class Allowance {
  readonly #access: Access;
  readonly #problem: ProblemView;
  #dearest: number | undefined;

  constructor(access: Access, problem: ProblemView) {
    this.#access = access;
    this.#problem = problem;
    if (access.budget.unit === "samples") this.#dearest = 1;
  }

  left(): number {
    if (this.#dearest === undefined) return 1;
    return Math.max(0, Math.floor((this.#access.budget.amount - this.#spent()) / this.#dearest));
  }

  /** Call after every round. The first is what is estimated from: prompt, tokens and reward of its parts. */
  note(parts: readonly Candidate[]): void {
    if (this.#dearest !== undefined) return;
    const tokens = parts.reduce((sum, { drawn }) => sum + drawn.tokenCount, 0);
    const attention = this.#access.budget.unit === "flops" ? ATTENTION : 1;
    this.#dearest = (attention * this.#spent() * this.#access.decoding.maxTokens) / Math.max(1, tokens);
  }

  #spent(): number {
    return this.#access.spent(this.#problem);
  }
}
