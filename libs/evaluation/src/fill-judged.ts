import { throwIfInterrupted, type ComparedPair, type Dataset, type Judge } from "@touchstone/core";
import type { GradeRow } from "@touchstone/pool";
import type { Ungraded } from "./fill-grades.ts";
import type { WorkOptions } from "./progress.ts";

/** Pairs that a judge is asked about in one call; their grades go to disk together. */
const PAIRS_A_CALL = 32;

/** A response and the samples that are it. */
interface Pending extends ComparedPair {
  readonly problem: string;
  readonly promptHash: string;
  readonly indices: readonly number[];
}

/**
 * Grades of samples by a judge that compares each with the problem's reference. Equal responses to a problem are compared once. A
 * comparison that failed is stored as NaN; an error of the judge is thrown, and what was judged before is kept.
 */
export async function* judgedRows(
  ungraded: readonly Ungraded[],
  { extractor }: Dataset,
  judge: Judge,
  { signal }: WorkOptions,
): AsyncGenerator<GradeRow[]> {
  const pending = ungraded.flatMap(pendingOf);
  for (let start = 0; start < pending.length; start += PAIRS_A_CALL) {
    throwIfInterrupted(signal, "grading");
    const some = pending.slice(start, start + PAIRS_A_CALL);
    const preferences = await judge.compare(some, signal ? { signal } : {});
    yield some.flatMap(({ problem, promptHash, first, indices }, i) => {
      const answer = extractor.extract(first);
      const key = answer.kind === "answer" ? answer.key : null;
      return indices.map((index) => ({ problem, promptHash, index, answer: key, grade: preferences[i]!.value }));
    });
  }
}

function pendingOf({ problem, promptHash, samples: { size, text }, present }: Ungraded): Pending[] {
  const { id, messages, reference: second } = problem;
  const missing = Array.from({ length: size }, (_, index) => index).filter((index) => present?.[index] !== 1);
  const byText = Map.groupBy(missing, (index) => text[index]!);
  return Array.from(byText, ([first, indices]) => ({ problem: id, promptHash, messages, first, second, indices }));
}
