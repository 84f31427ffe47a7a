/** Accepts draws with chance exp((r − M)/β), where M is a known bound on the rewards, or the highest reward so far. */
export class Acceptance {
  readonly #beta: number;
  readonly #bound: number | undefined;
  #highest = Number.NEGATIVE_INFINITY;
  #aboveBound = 0;

  /** `beta` > 0 in units of the rewards; `bound`: no reward is higher, `undefined` if not known. */
  constructor(beta: number, bound: number | undefined) {
    this.#beta = beta;
    this.#bound = bound;
  }

  /** Sees a reward that cannot be accepted: it may raise the highest so far. */
  see(reward: number): void {
    if (reward > this.#highest) this.#highest = reward;
    if (this.#bound !== undefined && reward > this.#bound) this.#aboveBound++;
  }

  /** Whether a reward, NaN if it failed, is accepted at a coin in [0, 1). One above all others always is. */
  accepts(reward: number, coin: number): boolean {
    this.see(reward);
    const bound = this.#bound ?? this.#highest;
    // Equal infinities have no difference; NaN is accepted by nothing.
    return coin < (reward >= bound ? 1 : Math.exp((reward - bound) / this.#beta));
  }

  /** Rewards that exceed the bound that was given: where there are any, the law is not the stated one. */
  get aboveBound(): number {
    return this.#aboveBound;
  }
}
