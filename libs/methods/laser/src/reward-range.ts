import { quantile } from "@touchstone/stats";

/**
 * Brings rewards without a known range into [0, 1]: (x − q20)/(q80 − q20), cut off, with the 20th and 80th percentiles of all
 * rewards seen, this one included (as the published code does). Where these are equal, .5; the code passes the raw, negative
 * value through until there are two.
 */
export class RewardRange {
  readonly #seen: number[] = [];

  scale(reward: number): number {
    this.#seen.push(reward);
    const low = quantile(this.#seen, 0.2);
    const high = quantile(this.#seen, 0.8);
    return high > low ? Math.min(1, Math.max(0, (reward - low) / (high - low))) : 0.5;
  }

  /** A copy that learns apart. */
  copy(): RewardRange {
    const other = new RewardRange();
    other.#seen.push(...this.#seen);
    return other;
  }
}
