import type { Problem, TokenStatistics } from "@touchstone/core";
import { problemPool, type ProblemPool } from "../src/columns.ts";

export interface ToyColumns {
  /** Answer keys; null = unparsable. */
  readonly answers: readonly (string | null)[];
  /** The right answer; grades follow from it. */
  readonly reference?: string;
  readonly rewards?: Readonly<Record<string, readonly number[]>>;
  /** Default 1 each. */
  readonly tokens?: readonly number[];
  readonly promptTokens?: number;
  readonly rewardTokens?: number;
  readonly problem?: string;
}

function tokenStatistics(length: number): TokenStatistics {
  const ones = new Float32Array(length).fill(1);
  return {
    logProbability: ones,
    decodingLogProbability: ones,
    entropy: ones,
    selfCertainty: ones,
    gini: ones,
    topConfidence: ones,
  };
}

/** One problem's pool from what matters to a test. */
export function toyPool(columns: ToyColumns): ProblemPool {
  const { answers, reference = "1", rewards = {}, promptTokens = 3, rewardTokens = 4, problem: id = "p" } = columns;
  const size = answers.length;
  const problem: Problem = { id, messages: [{ role: "user", content: "?" }], cluster: "c", split: "test", reference };
  const numbers = (value: number) => new Float64Array(size).fill(value);
  return problemPool(
    problem,
    {
      problem: id,
      size,
      promptTokens,
      text: answers.map((answer, i) => `${i}: ${answer ?? "?"}`),
      tokens: Int32Array.from(columns.tokens ?? answers.map(() => 1)),
      finish: answers.map(() => "end" as const),
      logProbability: numbers(-1),
      decodingLogProbability: numbers(-1),
      entropy: numbers(1),
      selfCertainty: numbers(1),
      gini: numbers(0.5),
      seconds: numbers(0.25),
    },
    { answers, grades: Float64Array.from(answers, (answer) => (answer === reference ? 1 : 0)) },
    new Map(
      Object.entries(rewards).map(([name, values]) => [
        name,
        {
          values: Float64Array.from(values),
          tokens: new Int32Array(size).fill(rewardTokens),
          seconds: numbers(0.125),
          scale: 1,
        },
      ]),
    ),
    {
      byToken: Array.from(columns.tokens ?? answers.map(() => 1), (length, i) => ({
        tokens: new Int32Array(length).fill(i),
        statistics: tokenStatistics(length),
      })),
    },
  );
}
