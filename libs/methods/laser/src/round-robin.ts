import { stream, type ProblemView } from "@touchstone/core";

/**
 * An arm for each problem, every arm for the same share of problems in the long run: by a hash of the id, so that it does not
 * depend on which problems are decided together.
 */
export function roundRobin(problems: readonly ProblemView[], arms: number): readonly number[] {
  return problems.map(({ id }) => stream("laser round robin", id).integer(arms));
}
