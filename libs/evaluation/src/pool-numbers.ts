import { pairwiseAccuracy, passAtK, standardDeviation } from "@touchstone/stats";
import type { ProblemPool } from "./columns.ts";

/** Numbers about one problem's samples; those of grades are NaN where there is no gold. */
export function poolNumbers(pool: ProblemPool, ks: readonly number[]): ReadonlyMap<string, number> {
  const gold = pool.grades.some((grade) => !Number.isNaN(grade));
  const ofGold = (value: number): number => (gold ? value : Number.NaN);
  const correct = pool.grades.reduce((count, grade) => count + (isRight(grade) ? 1 : 0), 0);
  return new Map([
    ...ks.filter((k) => Number.isInteger(k)).map((k) => [`pass@${k}`, ofGold(passAtK(pool.size, correct, k))] as const),
    ["mean_completion_tokens", share(pool.tokens, (tokens) => tokens)],
    ["unparsable_share", share(pool.answers, (answer) => (answer === -1 ? 1 : 0))],
    ["truncated_share", share(pool.truncated, (flag) => flag)],
    ["distinct_answers", pool.answerKeys.length],
    ["distinct_responses", new Set(pool.text).size],
    ["right_outvoted", ofGold(rightIsOutvoted(pool) ? 1 : 0)],
    ["mean_log_probability", share(pool.logProbability, (value) => value)],
  ]);
}

/** Numbers about one reward model on one problem; NaN where the problem says nothing. */
export function rewardNumbers(pool: ProblemPool, rewards: Float64Array): ReadonlyMap<string, number> {
  return new Map([
    ["pairwise_accuracy", pairwiseAccuracy(rewards, pool.grades).accuracy],
    ["failed_share", share(rewards, (reward) => (Number.isNaN(reward) ? 1 : 0))],
    ["within_problem_standard_deviation", standardDeviation(rewards.filter((reward) => !Number.isNaN(reward)))],
  ]);
}

/** Whether a wrong answer is more frequent than every right one: then a vote over the whole pool errs. */
export function rightIsOutvoted({ answers, grades, answerKeys }: ProblemPool): boolean {
  const votes = new Uint32Array(answerKeys.length);
  const right = new Uint8Array(answerKeys.length);
  for (let i = 0; i < answers.length; i++) {
    const answer = answers[i]!;
    if (answer === -1) continue;
    votes[answer]!++;
    if (isRight(grades[i]!)) right[answer] = 1;
  }
  let mostRight = 0;
  let mostWrong = 0;
  for (const [answer, count] of votes.entries()) {
    if (right[answer] === 1) mostRight = Math.max(mostRight, count);
    else mostWrong = Math.max(mostWrong, count);
  }
  return mostWrong > mostRight;
}

/** Grades between 0 and 1 count as right from one half. */
export function isRight(grade: number): boolean {
  return grade >= 0.5;
}

function share<A extends Int32Array | Uint8Array | Float64Array>(values: A, of: (value: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i]!);
  return sum / values.length;
}
