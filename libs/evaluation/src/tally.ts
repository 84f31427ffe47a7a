import type { Diagnostics } from "@touchstone/core";
import { mean, monteCarloError } from "@touchstone/stats";

/** What a contender achieves on one problem, in expectation over subsets. */
export interface Outcome {
  /** Expected gold grade; an abstention counts 0. */
  readonly accuracy: number;
  /** Monte-Carlo error of `accuracy`; 0 where exact. */
  readonly accuracyError: number;
  /** Expected reward of the answer where there is one; NaN where there never is, or where the contender sees no single reward model. */
  readonly proxy: number;
  readonly proxyError: number;
  /** Expected `ProblemPool.lengthDifferences` of the answer where there is one; only where a judge grades. */
  readonly lengthDifference?: number;
  /** Chance of abstaining. */
  readonly abstained: number;
  /** Chance of abstaining for each reason that was given; an exact chance between 0 and 1 has none. */
  readonly reasons?: ReadonlyMap<string, number>;
  /** Subsets decided on; 0 where exact. */
  readonly replicates: number;
  /** Mean of each number the method reports, over the decisions that report it. */
  readonly diagnostics: ReadonlyMap<string, number>;
}

/** One decision, graded. */
export interface Graded {
  /** Mean gold grade under the decision's weights; 0 for an abstention. */
  readonly accuracy: number;
  /** Mean reward under the weights; NaN for an abstention, for weight on a failed reward, or without a reward model. */
  readonly proxy: number;
  /** Mean of `ProblemPool.lengthDifferences` under the weights, where a judge grades. */
  readonly lengthDifference?: number;
  /** Why the method abstained; undefined for a decision. */
  readonly abstained: string | undefined;
  readonly diagnostics: Diagnostics | undefined;
}

/** Graded decisions of one contender on one problem, over replicates. */
export class Tally {
  readonly #accuracy: Float64Array;
  readonly #proxy: Float64Array;
  readonly #lengths: number[] = [];
  readonly #reasons = new Map<string, number>();
  readonly #diagnostics = new Map<string, { sum: number; count: number }>();

  constructor(replicates: number) {
    this.#accuracy = new Float64Array(replicates);
    this.#proxy = new Float64Array(replicates);
  }

  add(replicate: number, { accuracy, proxy, lengthDifference, abstained, diagnostics }: Graded): void {
    if (lengthDifference !== undefined) this.#lengths.push(lengthDifference);
    this.#accuracy[replicate] = accuracy;
    this.#proxy[replicate] = proxy;
    if (abstained !== undefined) this.#reasons.set(abstained, (this.#reasons.get(abstained) ?? 0) + 1);
    for (const name in diagnostics) {
      const value = diagnostics[name]!;
      if (Number.isNaN(value)) continue;
      const entry = this.#diagnostics.get(name) ?? { sum: 0, count: 0 };
      entry.sum += value;
      entry.count++;
      this.#diagnostics.set(name, entry);
    }
  }

  outcome(): Outcome {
    const replicates = this.#accuracy.length;
    const proxies = this.#proxy.filter((value) => !Number.isNaN(value));
    return {
      accuracy: mean(this.#accuracy),
      accuracyError: monteCarloError(this.#accuracy),
      proxy: mean(proxies),
      proxyError: monteCarloError(proxies),
      ...(this.#lengths.length > 0 && { lengthDifference: mean(this.#lengths) }),
      abstained: [...this.#reasons.values()].reduce((sum, count) => sum + count, 0) / replicates,
      reasons: new Map(Array.from(this.#reasons, ([reason, count]) => [reason, count / replicates])),
      replicates,
      diagnostics: new Map(Array.from(this.#diagnostics, ([name, { sum, count }]) => [name, sum / count])),
    };
  }
}
