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

/** A sample of the pool as an access keeps it and as a procedure sees it. */
export function drawnOfPool(
  sample: PooledSample,
  { id, answer }: { readonly id: SampleId; readonly answer: number },
  lineEnds: LineEnds,
): { readonly handed: Handed; readonly drawn: Drawn } {
  const { problem, pool, index } = sample;
  const finish = pool.finish[index]!;
  let read: ReturnType<Handed["details"]> | undefined;
  const details = () => {
    if (read) return read;
    const byToken = pool.byToken?.[index];
    if (!byToken) {
      throw undeclared("statistics or lines of what it drew", "needs.tokenStatistics or needs.continues");
    }
    const { tokens, statistics } = byToken;
    return (read = { tokens, finish, statistics, lineEnds: lineEnds(tokens) });
  };
  const text = pool.text[index]!;
  const tokenCount = pool.tokens[index]!;
  const answerKey = pool.answerKeys[pool.answers[index]!] ?? null;
  return {
    handed: { problem, text, answerKey, finish, partial: false, tokenCount, pooled: sample, details },
    drawn: Object.freeze({
      id,
      problem: pool.view,
      text,
      tokenCount,
      answer,
      truncated: pool.truncated[index] === 1,
      finish,
      logProbability: pool.logProbability[index]!,
      entropy: pool.entropy[index]!,
      selfCertainty: pool.selfCertainty[index]!,
      get statistics() {
        return details().statistics;
      },
      get lineEnds() {
        return details().lineEnds;
      },
    }),
  };
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
