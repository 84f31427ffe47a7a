import { bestOfNWeights, clusteredMean, type MeanEstimate } from "@touchstone/stats";

/** Rewards and grades of one problem's samples under one policy. */
export interface DeployedProblem {
  readonly id: string;
  readonly cluster: string;
  /** By reward model A, which trains and selects. */
  readonly rewards: Float32Array;
  readonly gold: Float32Array;
  /** By reward model B. */
  readonly second: Float32Array;
}

/** What is reported of the response that best-of-n by A selects. */
export const METRICS = ["reward", "gold", "second_reward"] as const;
export type Metric = (typeof METRICS)[number];

function valuesOf(problem: DeployedProblem, metric: Metric): Float32Array {
  return metric === "reward" ? problem.rewards : metric === "gold" ? problem.gold : problem.second;
}

/** Expected value of best-of-n by reward A for each problem: exact over all subsets of its samples. NaN where there are fewer than n. */
export function bestOf(problems: readonly DeployedProblem[], metric: Metric, n: number): Float64Array {
  return Float64Array.from(problems, (problem) => {
    const weights = bestOfNWeights(problem.rewards, n);
    const values = valuesOf(problem, metric);
    return weights.reduce((sum, weight, i) => (weight === 0 ? sum : sum + weight * values[i]!), 0);
  });
}

/** Mean over problems with its interval clustered by template. */
export function meanOver(problems: readonly Pick<DeployedProblem, "cluster">[], values: Float64Array): MeanEstimate {
  return clusteredMean(
    values,
    problems.map(({ cluster }) => cluster),
  );
}
