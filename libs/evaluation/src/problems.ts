import { stream, type Dataset, type Problem, type Split } from "@touchstone/core";

/** Key of the order in which a limit takes problems: fixed, so that the same limit always means the same problems. */
const ORDER_SEED = 20261120;

/**
 * The problems that a suite's choice stands for, in published order. A limit takes a random subset, keyed by the dataset's
 * name and split alone: a smaller limit is a subset of a larger one (its samples are in the pool already), and the subset
 * is a sample of the whole split even where the file is sorted by difficulty.
 */
export function chosenProblems(dataset: Dataset, split: Split, limit?: number): readonly Problem[] {
  const problems = dataset.problems(split);
  if (limit === undefined || limit >= problems.length) return problems;
  const order = stream(ORDER_SEED, "limit", dataset.name, split).permutation(problems.length);
  return [...order.subarray(0, limit)].sort((a, b) => a - b).map((index) => problems[index]!);
}
