import type { Drawn, FinishReason, ProblemView, Sample, SampleId, TokenStatistics } from "@touchstone/core";
import type { ProblemPool } from "./columns.ts";
import { undeclared } from "./views.ts";

/** A sample of the pool. */
export interface PooledSample {
  /** Id of the problem. */
  readonly problem: string;
  readonly pool: ProblemPool;
  readonly index: number;
}

/** A draw beyond the pool's independent samples. */
export interface TracedSample {
  readonly problem: string;
  readonly id: SampleId;
  readonly sample: Sample;
  /** Of the whole response, a continued prefix with what it was drawn with. */
  readonly statistics: TokenStatistics;
  /** Whether the response may go on: it stopped at a line, or at a cap below the suite's. */
  readonly partial: boolean;
  readonly promptTokens: number;
  readonly seconds: number;
}

/** What an access knows of a sample that it handed out. */
export interface Handed {
  readonly problem: string;
  readonly text: string;
  /** Null = unparsable. */
  readonly answerKey: string | null;
  readonly finish: FinishReason;
  readonly partial: boolean;
  readonly tokenCount: number;
  /** Absent for what is not one of the pool's independent samples. */
  readonly pooled?: PooledSample;
  /** Token by token. Throws where the method has not said that it reads this. */
  readonly details: () => {
    readonly tokens: Int32Array;
    readonly finish: FinishReason;
    readonly statistics: TokenStatistics;
    readonly lineEnds: Int32Array;
  };
}

type LineEnds = (tokens: Int32Array) => Int32Array;

/** A sample of the pool as an access keeps it: made by the hundred thousand, so it holds nothing that it can look up. */
class PooledHanded implements Handed {
  readonly pooled: PooledSample;
  readonly partial = false;
  readonly #lineEnds: LineEnds;
  #details: ReturnType<Handed["details"]> | undefined;

  constructor(pooled: PooledSample, lineEnds: LineEnds) {
    this.pooled = pooled;
    this.#lineEnds = lineEnds;
  }

  get problem(): string {
    return this.pooled.problem;
  }

  get text(): string {
    return this.pooled.pool.text[this.pooled.index]!;
  }

  get answerKey(): string | null {
    const { pool, index } = this.pooled;
    return pool.answerKeys[pool.answers[index]!] ?? null;
  }

  get finish(): FinishReason {
    return this.pooled.pool.finish[this.pooled.index]!;
  }

  get tokenCount(): number {
    return this.pooled.pool.tokens[this.pooled.index]!;
  }

  details(): ReturnType<Handed["details"]> {
    if (this.#details) return this.#details;
    const byToken = this.pooled.pool.byToken?.[this.pooled.index];
    if (!byToken) {
      throw undeclared("statistics or lines of what it drew", "needs.tokenStatistics or needs.continues");
    }
    const { tokens, statistics } = byToken;
    return (this.#details = { tokens, finish: this.finish, statistics, lineEnds: this.#lineEnds(tokens) });
  }
}

/** A sample of the pool as a procedure sees it. */
class PooledDrawn implements Drawn {
  readonly id: SampleId;
  readonly problem: ProblemView;
  readonly text: string;
  readonly tokenCount: number;
  readonly answer: number;
  readonly truncated: boolean;
  readonly finish: FinishReason;
  readonly logProbability: number;
  readonly entropy: number;
  readonly selfCertainty: number;
  readonly #handed: Handed;

  constructor(handed: PooledHanded, id: SampleId, answer: number) {
    const { pool, index } = handed.pooled;
    this.#handed = handed;
    this.id = id;
    this.problem = pool.view;
    this.text = pool.text[index]!;
    this.tokenCount = pool.tokens[index]!;
    this.answer = answer;
    this.truncated = pool.truncated[index] === 1;
    this.finish = pool.finish[index]!;
    this.logProbability = pool.logProbability[index]!;
    this.entropy = pool.entropy[index]!;
    this.selfCertainty = pool.selfCertainty[index]!;
    Object.freeze(this);
  }

  get statistics(): TokenStatistics {
    return this.#handed.details().statistics;
  }

  get lineEnds(): Int32Array {
    return this.#handed.details().lineEnds;
  }
}

/** A sample of the pool as an access keeps it and as a procedure sees it. */
export function drawnOfPool(
  sample: PooledSample,
  { id, answer }: { readonly id: SampleId; readonly answer: number },
  lineEnds: LineEnds,
): { readonly handed: Handed; readonly drawn: Drawn } {
  const handed = new PooledHanded(sample, lineEnds);
  return { handed, drawn: new PooledDrawn(handed, id, answer) };
}

/** A continuation, or a draw of a variant, as an access keeps it and as a procedure sees it. */
export function drawnOfTrace(
  { problem, id, sample, statistics, partial }: TracedSample,
  {
    view,
    answer,
    answerKey,
  }: { readonly view: ProblemView; readonly answer: number; readonly answerKey: string | null },
  endsOf: LineEnds,
): { readonly handed: Handed; readonly drawn: Drawn } {
  const { tokens, text, finish } = sample;
  const lineEnds = endsOf(tokens);
  const tokenCount = tokens.length;
  return {
    handed: {
      problem,
      text,
      answerKey,
      finish,
      partial,
      tokenCount,
      details: () => ({ tokens, finish, statistics, lineEnds }),
    },
    drawn: Object.freeze({
      id,
      problem: view,
      text,
      tokenCount,
      answer,
      truncated: finish === "length",
      finish,
      logProbability: sum(statistics.logProbability),
      entropy: sum(statistics.entropy) / tokenCount,
      selfCertainty: sum(statistics.selfCertainty) / tokenCount,
      statistics,
      lineEnds,
    }),
  };
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
