import type { Access, ProblemView } from "@touchstone/core";

/**
 * By how much attention can make one token dearer than another in FLOPs: it costs no more than the weights do up to contexts of
 * about six times the width of the model (4·w·context against 2·12·w² a layer).
 */
const ATTENTION = 2;

/**
 * Says whether one more step fits into what is left of a problem's budget. In samples a step costs 1. In tokens and FLOPs its cost
 * is known afterwards only, so the dearest possible one has to fit: a whole response up to the length cap, and its reward.
 */
export class Allowance {
  readonly #access: Access;
  readonly #problem: ProblemView;
  #spent = 0;
  #longest = 1;
  /** Of one drawn token, in the budget's unit. */
  #drawRate = 0;
  #drawn = 0;
  #rewardOfLongest = 0;

  constructor(access: Access, problem: ProblemView) {
    this.#access = access;
    this.#problem = problem;
    this.#spent = access.spent(problem);
  }

  /** Call after a draw of `tokens` new tokens and before anything else is spent. */
  noteDraw(tokens: number): void {
    const rate = this.#cost() / Math.max(1, tokens);
    // The first draw paid for the prompt as well.
    this.#drawRate = this.#drawn === 1 ? rate : Math.max(this.#drawRate, rate);
    this.#drawn++;
  }

  /** Call after the reward of a response of `tokens` tokens, or after its draw where none is asked for. */
  noteReward(tokens: number): void {
    const cost = this.#cost();
    if (tokens < this.#longest) return;
    this.#longest = tokens;
    this.#rewardOfLongest = cost;
  }

  affordsStep(): boolean {
    const { budget, decoding } = this.#access;
    const left = budget.amount - this.#access.spent(this.#problem);
    if (budget.unit === "samples") return left >= 1;
    // A pass over prompt and response reads at most `growth` times as many tokens as that of the longest response did.
    const growth = Math.max(1, decoding.maxTokens / this.#longest);
    const reward = growth * this.#rewardOfLongest;
    return (
      left >=
      (budget.unit === "tokens"
        ? decoding.maxTokens + reward
        : ATTENTION * (this.#drawRate * decoding.maxTokens + reward))
    );
  }

  #cost(): number {
    const before = this.#spent;
    this.#spent = this.#access.spent(this.#problem);
    return this.#spent - before;
  }
}
