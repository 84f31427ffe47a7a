import { stream, type DrawnView, type KeyPart, type Similarity, type Stream } from "@touchstone/core";
import type { ProblemPool, RewardColumn } from "./columns.ts";
import type { Reads } from "./needs.ts";

/**
 * Arrays for a subset of one problem's samples, written again and again. They are exactly as long as the subset and share
 * no memory with anything else: a method cannot look past its budget, or at a grade, through an array's buffer.
 */
export class SubsetView {
  readonly size: number;
  readonly #answers: Int32Array;
  readonly #tokens: Int32Array;
  readonly #truncated: Uint8Array;
  readonly #logProbability: Float64Array;
  readonly #entropy: Float64Array;
  readonly #selfCertainty: Float64Array;
  readonly #gini: Float64Array;
  readonly #afterLast: Float64Array;
  readonly #rewards: ReadonlyMap<string, Float64Array>;
  readonly #chosen: Uint32Array;
  #pool: ProblemPool | undefined;

  /** Room for `size` samples with the rewards of the named reward models. */
  constructor(size: number, rewardModels: Iterable<string>) {
    this.size = size;
    this.#answers = new Int32Array(size);
    this.#tokens = new Int32Array(size);
    this.#truncated = new Uint8Array(size);
    this.#logProbability = new Float64Array(size);
    this.#entropy = new Float64Array(size);
    this.#selfCertainty = new Float64Array(size);
    this.#gini = new Float64Array(size);
    this.#afterLast = new Float64Array(size);
    this.#rewards = new Map(Array.from(rewardModels, (name) => [name, new Float64Array(size)]));
    this.#chosen = new Uint32Array(size);
  }

  /** Indices into the pool of the samples that the views show. */
  get chosen(): Uint32Array {
    return this.#chosen;
  }

  /** Shows the samples that `ordering` names first. */
  show(pool: ProblemPool, ordering: Uint32Array): void {
    this.#pool = pool;
    const chosen = this.#chosen;
    for (let i = 0; i < this.size; i++) {
      const k = ordering[i]!;
      chosen[i] = k;
      this.#answers[i] = pool.answers[k]!;
      this.#tokens[i] = pool.tokens[k]!;
      this.#truncated[i] = pool.truncated[k]!;
      this.#logProbability[i] = pool.logProbability[k]!;
      this.#entropy[i] = pool.entropy[k]!;
      this.#selfCertainty[i] = pool.selfCertainty[k]!;
      this.#gini[i] = pool.gini[k]!;
    }
    if (pool.afterLast) gather(pool.afterLast.selfCertainty, chosen, this.#afterLast);
    for (const [name, values] of this.#rewards) gather((pool.rewards.get(name) as RewardColumn).values, chosen, values);
  }

  /**
   * What a method sees that may read the rewards of `visible` and beyond that what `reads` says. One object for all subsets:
   * it shows the latest.
   */
  view(visible: readonly string[], reads: Reads = NOTHING_MORE): DrawnView {
    const rewards = new Map(visible.map((name) => [name, this.#rewards.get(name)!]));
    const shown = (): ProblemPool => this.#pool!;
    const chosen = this.#chosen;
    const scaleOf = (name: string): number => (shown().rewards.get(name) as RewardColumn).scale;
    return Object.freeze({
      get problem() {
        return shown().view;
      },
      size: this.size,
      answers: this.#answers,
      rewardModels: Object.freeze([...visible]),
      rewards: (model?: string) => readRewards(rewards, model),
      rewardScale: (model?: string) => scaleOf(rewardModelNamed(visible, model)),
      logProbability: this.#logProbability,
      entropy: this.#entropy,
      selfCertainty: this.#selfCertainty,
      gini: this.#gini,
      statistics: (index: number) => {
        const byToken = reads.tokenStatistics ? shown().byToken : undefined;
        if (!byToken) throw undeclared("statistics of tokens", "needs.tokenStatistics");
        return byToken[chosen[index]!]!.statistics;
      },
      ...(reads.afterLast ? { afterLast: this.#afterLast } : {}),
      similarity: (measure: Similarity) => {
        const between = shown().similarities.between(measure);
        return (i: number, j: number) => between(chosen[i]!, chosen[j]!);
      },
      tokens: this.#tokens,
      truncated: this.#truncated,
      text: (index: number) => shown().text[chosen[index]!]!,
    });
  }
}

const NOTHING_MORE: Reads = { tokenStatistics: false, afterLast: false };

/** A named array of rewards, or the only one. */
export function readRewards(rewards: ReadonlyMap<string, Float64Array>, model: string | undefined): Float64Array {
  return rewards.get(rewardModelNamed([...rewards.keys()], model))!;
}

/** The named one of the reward models that a method may read, or the only one. */
export function rewardModelNamed(visible: readonly string[], model: string | undefined): string {
  const name = model ?? (visible.length === 1 ? visible[0] : undefined);
  if (name !== undefined && visible.includes(name)) return name;
  const known = visible.join(", ") || "none";
  throw new RangeError(`this method may read rewards of: ${known}; it asked for ${model ?? "the only one"}`);
}

/** For what a method reads without having said so. */
export function undeclared(what: string, need: string): RangeError {
  return new RangeError(`this method may not read ${what}: it does not say ${need}`);
}

function gather(from: Float64Array, chosen: Uint32Array, to: Float64Array): void {
  for (let i = 0; i < chosen.length; i++) to[i] = from[chosen[i]!]!;
}

/** A stream made when it is first used: most decisions use none, and making a key costs more than most decisions. */
export class LazyStream implements Stream {
  readonly #key: readonly KeyPart[];
  #made: Stream | undefined;

  constructor(...key: KeyPart[]) {
    this.#key = key;
  }

  get #stream(): Stream {
    return (this.#made ??= stream(...this.#key));
  }

  uniform(): number {
    return this.#stream.uniform();
  }

  integer(n: number): number {
    return this.#stream.integer(n);
  }

  normal(): number {
    return this.#stream.normal();
  }

  permutation(n: number): Uint32Array {
    return this.#stream.permutation(n);
  }

  uniform32At(index: number): number {
    return this.#stream.uniform32At(index);
  }

  child(...key: KeyPart[]): Stream {
    return this.#stream.child(...key);
  }
}
