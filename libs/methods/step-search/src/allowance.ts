import type { Access, ProblemView } from "@touchstone/core";
import type { Candidate } from "./candidate.ts";

/**
 * By how much attention can make one token dearer than another in FLOPs: it costs no more than the weights do up to contexts of
 * about six times the width of the model.
 */
const ATTENTION = 2;

/** Before a part of a response was drawn, one is taken to cost half a response: a line, and the reward of half a text. */
const PART_OF_RESPONSE = 1 / 2;

/**
 * How many more parts of responses fit into what is left of a problem's budget. In samples a part costs 1. In tokens and FLOPs its
 * cost is known afterwards only: what surely fits is counted at the cost of the dearest part, estimated from the first response, and
 * what is expected to fit at the mean cost of the parts so far.
 */
export class Allowance {
  readonly #access: Access;
  readonly #problem: ProblemView;
  #draw = Number.NaN;
  /** What the first part did cost, in the budget's unit, and its tokens: a whole response, unless the budget is in samples. */
  #first: { readonly draw: number; readonly reward: number; readonly tokens: number } | undefined;
  #parts = 0;

  constructor(access: Access, problem: ProblemView) {
    this.#access = access;
    this.#problem = problem;
  }

  get inSamples(): boolean {
    return this.#access.budget.unit === "samples";
  }

  /** Parts that surely fit, were each to make its response `upTo` tokens long. 1 as long as no cost is known. */
  surely(upTo: number): number {
    if (this.inSamples) return this.#left();
    if (this.#first === undefined) return 1;
    const { draw, reward, tokens } = this.#first;
    const growth = Math.max(1, upTo / tokens);
    const dearest =
      this.#access.budget.unit === "tokens" ? upTo + growth * reward : ATTENTION * growth * (draw + reward);
    return Math.floor(this.#left() / dearest);
  }

  /** Parts that fit in the mean, never fewer than surely do. */
  expected(): number {
    if (this.inSamples) return this.#left();
    const surely = this.surely(this.#access.decoding.maxTokens);
    if (this.#first === undefined) return surely;
    const first = this.#first.draw + this.#first.reward;
    const mean = this.#parts > 1 ? (this.#spent() - first) / (this.#parts - 1) : PART_OF_RESPONSE * first;
    return Math.max(surely, Math.floor(this.#left() / mean));
  }

  /** Call after the draws of a round and before its rewards. */
  noteDraw(): void {
    if (this.#first === undefined) this.#draw = this.#spent();
  }

  /** Call after the rewards of a round. */
  noteRewards(parts: readonly Candidate[]): void {
    this.#parts += parts.length;
    const tokens = Math.max(1, parts[0]?.drawn.tokenCount ?? 1);
    this.#first ??= { draw: this.#draw, reward: this.#spent() - this.#draw, tokens };
  }

  #left(): number {
    return Math.max(0, this.#access.budget.amount - this.#spent());
  }

  #spent(): number {
    return this.#access.spent(this.#problem);
  }
}
