import type { DrawnView, ProblemView, Similarity, TokenStatistics } from "@touchstone/core";
import { rouge1Pairs } from "@touchstone/stats";

/** Statistics of the tokens of one sample, arrays of one length; what is left out is NaN. */
export type TokenArrays = { readonly [K in keyof TokenStatistics]?: ArrayLike<number> };

export interface DrawnArrays {
  readonly problem?: ProblemView;
  /** Answer classes; −1 = unparsable. */
  readonly answers?: ArrayLike<number>;
  /** Rewards of one model (`reward`), or by model id; NaN = failed. */
  readonly rewards?: ArrayLike<number> | Readonly<Record<string, ArrayLike<number>>>;
  readonly logProbability?: ArrayLike<number>;
  readonly entropy?: ArrayLike<number>;
  readonly selfCertainty?: ArrayLike<number>;
  readonly gini?: ArrayLike<number>;
  readonly afterLast?: ArrayLike<number>;
  /** Of each sample, or a function that makes them when they are first read. */
  readonly statistics?: readonly TokenArrays[] | ((index: number) => TokenArrays);
  /** Of every reward model alike; default 1. */
  readonly rewardScale?: number;
  readonly tokens?: ArrayLike<number>;
  /** Default: none is truncated. */
  readonly truncated?: ArrayLike<number>;
  readonly text?: readonly string[];
}

export const TOY_PROBLEM: ProblemView = Object.freeze({
  id: "toy",
  messages: Object.freeze([Object.freeze({ role: "user" as const, content: "toy" })]),
  cluster: "toy",
  split: "test" as const,
});

/**
 * A view of draws from plain arrays of one length. Reading an array that was not given throws: a test that needs it has to
 * say what is in it.
 */
export function drawnView(arrays: DrawnArrays): DrawnView {
  const rewards = rewardsByModel(arrays.rewards);
  const lengths = [
    arrays.answers,
    ...rewards.values(),
    arrays.logProbability,
    arrays.entropy,
    arrays.selfCertainty,
    arrays.gini,
    arrays.afterLast,
    typeof arrays.statistics === "function" ? undefined : arrays.statistics,
    arrays.tokens,
    arrays.truncated,
    arrays.text,
  ].flatMap((array) => (array === undefined ? [] : [array.length]));
  const size = lengths[0];
  if (size === undefined) throw new Error("drawnView needs at least one array to know how many samples there are");
  if (lengths.some((length) => length !== size)) {
    throw new Error(`drawnView needs arrays of one length, received lengths ${lengths.join(", ")}`);
  }
  return new ArrayView(arrays, rewards, size);
}

/** The samples of `view` at `indices`, in that order: a subset, or a permutation. */
export function subview(view: DrawnView, indices: ArrayLike<number>): DrawnView {
  return new PickedView(view, Array.from(indices));
}

class ArrayView implements DrawnView {
  readonly problem: ProblemView;
  readonly size: number;
  readonly rewardModels: readonly string[];
  readonly afterLast?: Float64Array;
  readonly #arrays: DrawnArrays;
  readonly #rewards: ReadonlyMap<string, Float64Array>;
  readonly #cache = new Map<string, Int32Array | Float64Array | Uint8Array>();
  readonly #statistics = new Map<number, TokenStatistics>();
  #rouge1: ((i: number, j: number) => number) | undefined;

  constructor(arrays: DrawnArrays, rewards: ReadonlyMap<string, Float64Array>, size: number) {
    this.problem = arrays.problem ?? TOY_PROBLEM;
    this.size = size;
    this.rewardModels = [...rewards.keys()];
    this.#arrays = arrays;
    this.#rewards = rewards;
    if (arrays.afterLast) this.afterLast = Float64Array.from(arrays.afterLast);
  }

  get answers(): Int32Array {
    return this.#given("answers", (values) => Int32Array.from(values));
  }
  get logProbability(): Float64Array {
    return this.#given("logProbability", (values) => Float64Array.from(values));
  }
  get entropy(): Float64Array {
    return this.#given("entropy", (values) => Float64Array.from(values));
  }
  get selfCertainty(): Float64Array {
    return this.#given("selfCertainty", (values) => Float64Array.from(values));
  }
  get gini(): Float64Array {
    return this.#given("gini", (values) => Float64Array.from(values));
  }
  get tokens(): Int32Array {
    return this.#given("tokens", (values) => Int32Array.from(values));
  }
  get truncated(): Uint8Array {
    return this.#given(
      "truncated",
      (values) => Uint8Array.from(values),
      () => new Uint8Array(this.size),
    );
  }

  rewards(model?: string): Float64Array {
    const id = model ?? (this.rewardModels.length === 1 ? this.rewardModels[0]! : undefined);
    const values = id === undefined ? undefined : this.#rewards.get(id);
    if (values === undefined) {
      throw new Error(
        `this view has rewards of [${this.rewardModels.join(", ")}], asked for ${model ?? "the only one"}`,
      );
    }
    return values;
  }

  rewardScale(model?: string): number {
    this.rewards(model);
    return this.#arrays.rewardScale ?? 1;
  }

  statistics(index: number): TokenStatistics {
    const known = this.#statistics.get(index);
    if (known) return known;
    const given = this.#arrays.statistics;
    const arrays = typeof given === "function" ? given(index) : given?.[index];
    if (arrays === undefined) throw new Error(`this view was built without statistics of sample ${index}`);
    const made = tokenStatistics(arrays);
    this.#statistics.set(index, made);
    return made;
  }

  similarity(measure: Similarity): (i: number, j: number) => number {
    if (measure === "equality") {
      const { answers } = this;
      return (i, j) => Number(i === j || (answers[i]! >= 0 && answers[i] === answers[j]));
    }
    return (this.#rouge1 ??= rouge1Pairs(Array.from({ length: this.size }, (_, i) => this.text(i))));
  }

  text(index: number): string {
    const text = this.#arrays.text?.[index];
    if (text === undefined) throw new Error(`this view was built without a text of sample ${index}`);
    return text;
  }

  #given<T extends Int32Array | Float64Array | Uint8Array>(
    name: "answers" | "logProbability" | "entropy" | "selfCertainty" | "gini" | "tokens" | "truncated",
    convert: (values: ArrayLike<number>) => T,
    otherwise?: () => T,
  ): T {
    let array = this.#cache.get(name) as T | undefined;
    if (array === undefined) {
      const values = this.#arrays[name];
      if (values !== undefined) array = convert(values);
      else if (otherwise) array = otherwise();
      else throw new Error(`this view was built without ${name}`);
      this.#cache.set(name, array);
    }
    return array;
  }
}

class PickedView implements DrawnView {
  readonly problem: ProblemView;
  readonly size: number;
  readonly rewardModels: readonly string[];
  readonly afterLast?: Float64Array;
  readonly #from: DrawnView;
  readonly #indices: readonly number[];

  constructor(from: DrawnView, indices: readonly number[]) {
    this.problem = from.problem;
    this.size = indices.length;
    this.rewardModels = from.rewardModels;
    this.#from = from;
    this.#indices = indices;
    if (from.afterLast) this.afterLast = this.#pick(from.afterLast);
  }

  get answers(): Int32Array {
    return this.#pick(this.#from.answers);
  }
  get logProbability(): Float64Array {
    return this.#pick(this.#from.logProbability);
  }
  get entropy(): Float64Array {
    return this.#pick(this.#from.entropy);
  }
  get selfCertainty(): Float64Array {
    return this.#pick(this.#from.selfCertainty);
  }
  get gini(): Float64Array {
    return this.#pick(this.#from.gini);
  }
  get tokens(): Int32Array {
    return this.#pick(this.#from.tokens);
  }
  get truncated(): Uint8Array {
    return this.#pick(this.#from.truncated);
  }

  rewards(model?: string): Float64Array {
    return this.#pick(this.#from.rewards(model));
  }

  rewardScale(model?: string): number {
    return this.#from.rewardScale(model);
  }

  statistics(index: number): TokenStatistics {
    return this.#from.statistics(this.#indices[index]!);
  }

  similarity(measure: Similarity): (i: number, j: number) => number {
    const similarity = this.#from.similarity(measure);
    return (i, j) => similarity(this.#indices[i]!, this.#indices[j]!);
  }

  text(index: number): string {
    return this.#from.text(this.#indices[index]!);
  }

  #pick<T extends Int32Array | Float64Array | Uint8Array>(array: T): T {
    const picked = array.slice(0, this.size) as T;
    this.#indices.forEach((index, position) => {
      picked[position] = array[index]!;
    });
    return picked;
  }
}

function tokenStatistics(arrays: TokenArrays): TokenStatistics {
  const lengths = Object.values(arrays).map((values) => values.length);
  if (lengths.some((length) => length !== lengths[0])) {
    throw new Error(`statistics of a sample's tokens need one length, received lengths ${lengths.join(", ")}`);
  }
  const of = (values: ArrayLike<number> | undefined) =>
    values ? Float32Array.from(values) : new Float32Array(lengths[0] ?? 0).fill(Number.NaN);
  return {
    logProbability: of(arrays.logProbability),
    decodingLogProbability: of(arrays.decodingLogProbability),
    entropy: of(arrays.entropy),
    selfCertainty: of(arrays.selfCertainty),
    gini: of(arrays.gini),
    topConfidence: of(arrays.topConfidence),
  };
}

function rewardsByModel(rewards: DrawnArrays["rewards"]): Map<string, Float64Array> {
  if (rewards === undefined) return new Map();
  const byModel = isArray(rewards) ? { reward: rewards } : rewards;
  return new Map(Object.entries(byModel).map(([model, values]) => [model, Float64Array.from(values)]));
}

function isArray(rewards: NonNullable<DrawnArrays["rewards"]>): rewards is ArrayLike<number> {
  return Array.isArray(rewards) || ArrayBuffer.isView(rewards);
}
