import { stream, TouchstoneError, type Dataset, type Problem, type Split } from "@touchstone/core";
import type { Suite } from "./suite-schema.ts";

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
  return [...order.subarray(0, limit)].toSorted((a, b) => a - b).map((index) => problems[index]!);
}

/** How many problems share a budget, and how many such batches there are. */
export interface Batches {
  readonly size: number;
  readonly count: number;
}

/**
 * Puts problems into batches that share a budget: consecutive ones of a random order, keyed like a limit's; problems beyond
 * the last batch are left out, for every method, so that all of a suite's rows are about the same problems. Without batches each
 * problem stands alone and the order is kept.
 * Throws `too-few-problems` where the batches asked for cannot be filled.
 */
export function inBatches(
  problems: readonly Problem[],
  { batch }: Pick<Suite, "batch">,
): { readonly problems: readonly Problem[]; readonly batches: Batches } {
  if (!batch) return { problems, batches: { size: 1, count: problems.length } };
  const { size, count = Math.floor(problems.length / size) } = batch;
  if (count === 0 || size * count > problems.length) {
    throw new TouchstoneError({
      code: "too-few-problems",
      family: "usage",
      what: `${problems.length} problems do not fill ${Math.max(1, count)} batches of ${size}.`,
      value: { size, count },
      fix: "Lower the batch's size or count, or raise the dataset's limit.",
    });
  }
  const order = stream(ORDER_SEED, "batches").permutation(problems.length);
  return {
    problems: Array.from(order.subarray(0, size * count), (index) => problems[index]!),
    batches: { size, count },
  };
}
