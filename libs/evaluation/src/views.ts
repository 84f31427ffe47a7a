import type { DrawnView, KeyPart, Stream } from "@touchstone/core";
import { stream } from "@touchstone/core";
import type { ProblemPool, RewardColumn } from "./columns.ts";

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
    }
    for (const [name, values] of this.#rewards) gather((pool.rewards.get(name) as RewardColumn).values, chosen, values);
  }

  /** What a method sees that may read the rewards of `visible`. One object for all subsets: it shows the latest. */
  view(visible: readonly string[]): DrawnView {
    const rewards = new Map(visible.map((name) => [name, this.#rewards.get(name)!]));
    const shown = (): ProblemPool => this.#pool!;
    const chosen = this.#chosen;
    return Object.freeze({
      get problem() {
        return shown().view;
      },
      size: this.size,
      answers: this.#answers,
      rewardModels: Object.freeze([...visible]),
      rewards: (model?: string) => readRewards(rewards, model),
      logProbability: this.#logProbability,
      entropy: this.#entropy,
      selfCertainty: this.#selfCertainty,
      tokens: this.#tokens,
      truncated: this.#truncated,
      text: (index: number) => shown().text[chosen[index]!]!,
    });
  }
}

/** A named array of rewards, or the only one. */
export function readRewards(rewards: ReadonlyMap<string, Float64Array>, model: string | undefined): Float64Array {
  if (model === undefined && rewards.size === 1) return rewards.values().next().value!;
  const values = model === undefined ? undefined : rewards.get(model);
  if (values) return values;
  const known = [...rewards.keys()].join(", ") || "none";
  throw new RangeError(`this method may read rewards of: ${known}; it asked for ${model ?? "the only one"}`);
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
