/**
 * Walks through draws in their order and accepts the first whose coin allows it: u_i < exp((r_i − M)/β). Where the bound M is not known
 * it is the highest reward so far, and nothing is accepted before `warmUp` draws are seen, as the first of them would always be: then
 * the walk begins at the first draw.
 */
export class Acceptance {
  readonly #beta: number;
  readonly #bound: number | undefined;
  readonly #warmUp: number;
  readonly #rewards: number[] = [];
  readonly #coins: number[] = [];
  #highest = Number.NEGATIVE_INFINITY;
  #walked = 0;

  /** `beta` > 0 in units of the rewards; `bound`: no reward is higher, `undefined` if not known. */
  constructor({ beta, bound, warmUp }: { beta: number; bound?: number | undefined; warmUp: number }) {
    this.#beta = beta;
    this.#bound = bound;
    this.#warmUp = bound === undefined ? warmUp : 1;
  }

  /** How many draws are needed before anything can be accepted. */
  get wants(): number {
    return Math.max(1, this.#warmUp - this.#rewards.length);
  }

  /** Adds a draw's reward, NaN if it failed (never accepted), and its uniform number in [0, 1). */
  add(reward: number, coin: number): void {
    this.#rewards.push(reward);
    this.#coins.push(coin);
    if (reward > this.#highest) this.#highest = reward;
  }

  /**
   * Index of the accepted draw, if there is one among those not walked through yet. `ended`: nothing more will be added, so that the
   * walk begins even if fewer than `warmUp` were seen.
   */
  accepted({ ended }: { readonly ended: boolean }): number | undefined {
    if (this.#rewards.length < this.#warmUp && !ended) return undefined;
    const bound = this.#bound ?? this.#highest;
    for (; this.#walked < this.#rewards.length; this.#walked++) {
      const reward = this.#rewards[this.#walked]!;
      // Equal infinities have no difference; NaN is below everything.
      const chance = reward >= bound ? 1 : Math.exp((reward - bound) / this.#beta);
      if (this.#coins[this.#walked]! < chance) return this.#walked;
    }
    return undefined;
  }

  /** Draws whose reward exceeds the bound that was given: where there are any, the law is not the stated one. */
  get aboveBound(): number {
    const bound = this.#bound;
    return bound === undefined ? 0 : this.#rewards.filter((reward) => reward > bound).length;
  }

  /** What is returned where nothing was accepted: the last valid draw, or the best; `undefined` where none is valid. */
  fallback(kind: "last" | "best"): number | undefined {
    const valid = [...this.#rewards.keys()].filter((i) => !Number.isNaN(this.#rewards[i]!));
    if (valid.length === 0) return undefined;
    return kind === "last" ? valid.at(-1) : this.#rewards.indexOf(this.#highest);
  }
}
