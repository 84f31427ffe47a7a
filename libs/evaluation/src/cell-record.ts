import type { Spend } from "@touchstone/core";
import { clusteredMean, monteCarloErrorOfMean } from "@touchstone/stats";
import type { Batches } from "./problems.ts";
import type { Outcome } from "./tally.ts";

/** What a table says of a line of cells: a contender's, or a reference line's. */
export interface Head {
  readonly method: string;
  readonly kind: "method" | "reference";
  readonly parameters: string;
  readonly parameters_source: "default" | "suite" | "validation";
  readonly reward_model: string;
}

/** One problem in one cell. */
export interface CellProblem {
  readonly outcome: Outcome;
  readonly spend: Spend;
  /** Expected number of such samples among those drawn. */
  readonly unparsable: number;
  readonly truncated: number;
  readonly failed: number;
  /** A procedure's decision in replicate 0, for a look at the problem. */
  readonly first?: FirstDecision;
}

/** Answer → weight, the empty string for an abstention; and its gold score. */
export interface FirstDecision {
  readonly answers: Readonly<Record<string, number>>;
  readonly accuracy: number;
}

/** One cell with one seed. `problems` is empty where the budget does not buy one sample. */
export interface CellResult {
  readonly head: Head;
  readonly budget: number;
  /** Samples per problem; NaN for a procedure, which draws what it likes. */
  readonly n: number;
  readonly flag: string;
  /** Problems that share the cell's budget. */
  readonly batches: Batches;
  /** By problem, in the evaluation's order. */
  readonly problems: readonly CellProblem[];
  /** Metrics that the cell has: a cell without a reward model has no proxy reward. */
  readonly metrics: readonly Metric[];
}

export type Metric = "accuracy" | "proxy_reward";

export function valueOf({ outcome }: CellProblem, metric: Metric): number {
  return metric === "accuracy" ? outcome.accuracy : outcome.proxy;
}

export function errorOf({ outcome }: CellProblem, metric: Metric): number {
  return metric === "accuracy" ? outcome.accuracyError : outcome.proxyError;
}

/** A number for a table: undefined is null there. */
export function cellValue(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Estimate over problems with its clustered standard error. Problems without a value are left out and not counted. */
export function estimateOf(problems: readonly CellProblem[], metric: Metric, clusters: readonly string[]) {
  const values = problems.map((problem) => valueOf(problem, metric));
  const errors = problems.filter((_, i) => !Number.isNaN(values[i]!)).map((problem) => errorOf(problem, metric));
  return {
    ...clusteredMean(values, clusters, { missing: "omit" }),
    monteCarloError: errors.length > 0 ? monteCarloErrorOfMean(errors) : Number.NaN,
  };
}
