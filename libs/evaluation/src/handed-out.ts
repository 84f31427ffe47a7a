import { TouchstoneError, type Drawn, type ProblemView, type SampleId } from "@touchstone/core";
import { drawnOfPool, drawnOfTrace, type Handed, type PooledSample, type TracedSample } from "./handed.ts";

/** Numbers of samples of a problem. */
interface Counts {
  unparsable: number;
  truncated: number;
  failed: number;
}

export interface HandedOutOptions {
  readonly problems: readonly { readonly view: ProblemView; readonly answerKeys: readonly string[] }[];
  readonly lineEnds: (tokens: Int32Array) => Int32Array;
  /** Answer key of a response; null = unparsable. */
  readonly answerOf: (text: string) => string | null;
}

/** The samples that an access has handed out, with their answer classes. */
export class HandedOut {
  readonly #options: HandedOutOptions;
  readonly #views: ReadonlyMap<string, ProblemView>;
  readonly #samples = new Map<SampleId, Handed>();
  /** Answer classes by problem: those of the pool, and after them new answers as they come. */
  readonly #classes: ReadonlyMap<string, Map<string, number>>;
  readonly #counts: ReadonlyMap<string, Counts>;

  constructor(options: HandedOutOptions) {
    this.#options = options;
    const { problems } = options;
    this.#views = new Map(problems.map(({ view }) => [view.id, view]));
    this.#classes = new Map(
      problems.map(({ view, answerKeys }) => [view.id, new Map(answerKeys.map((key, index) => [key, index]))]),
    );
    this.#counts = new Map(problems.map(({ view }) => [view.id, { unparsable: 0, truncated: 0, failed: 0 }]));
  }

  /** Throws `unknown-sample` for what was never handed out. */
  get(id: SampleId): Handed {
    const found = this.#samples.get(id);
    if (found) return found;
    throw new TouchstoneError({
      code: "unknown-sample",
      family: "internal",
      what: "A procedure named a sample that it never drew.",
      value: id,
      fix: "This is an error in the method: decide on samples that it was given.",
    });
  }

  counts(problem: string): Readonly<Counts> {
    return this.#counts.get(problem)!;
  }

  /** Counts a reward that failed. */
  failed(problem: string): void {
    this.#counts.get(problem)!.failed++;
  }

  pooled(sample: PooledSample, id: SampleId): Drawn {
    const key = sample.pool.answerKeys[sample.pool.answers[sample.index]!] ?? null;
    const answer = this.#classOf(sample.problem, key);
    const { handed, drawn } = drawnOfPool(sample, { id, answer }, this.#options.lineEnds);
    return this.#hand(id, handed, drawn);
  }

  traced(sample: TracedSample): Drawn {
    const key = this.#options.answerOf(sample.sample.text);
    const view = this.#views.get(sample.problem)!;
    const answer = this.#classOf(sample.problem, key);
    const { handed, drawn } = drawnOfTrace(sample, { view, answer, answerKey: key }, this.#options.lineEnds);
    return this.#hand(sample.id, handed, drawn);
  }

  #hand(id: SampleId, handed: Handed, drawn: Drawn): Drawn {
    this.#samples.set(id, handed);
    const counts = this.#counts.get(handed.problem)!;
    // The beginning of a response is neither unparsable nor too long: it goes on.
    if (!handed.partial && handed.answerKey === null) counts.unparsable++;
    if (!handed.partial && handed.finish === "length") counts.truncated++;
    return drawn;
  }

  #classOf(problem: string, key: string | null): number {
    if (key === null) return -1;
    const classes = this.#classes.get(problem)!;
    const known = classes.get(key);
    if (known !== undefined) return known;
    classes.set(key, classes.size);
    return classes.size - 1;
  }
}
