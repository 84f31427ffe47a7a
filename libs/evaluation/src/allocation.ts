import { TouchstoneError } from "@touchstone/core";
import { exploredDraws, type AllocationRule } from "@touchstone/stats";
import { PARTITIONS, RUNS } from "./allocation-defaults.ts";
import { playedBatches } from "./allocation-batches.ts";
import { batchEstimate, type BatchEstimate, type BatchValue } from "./allocation-estimate.ts";
import { ALLOCATION_METRICS, batchMetrics, type AllocationMetric } from "./allocation-metrics.ts";
import { batchRun } from "./allocation-run.ts";

/** A problem with the rewards of its pool by one reward model (NaN: the reward model failed). */
export interface AllocationProblem {
  readonly id: string;
  readonly rewards: Float64Array;
}

/** A way to spend a shared budget: explore a share of it evenly, then spread the rest. */
export interface AllocationPolicy {
  readonly name: string;
  /** Share of the budget that is spent evenly first, in (0, 1]. */
  readonly exploration: number;
  /** `oracle` is a reference line: it spreads by the laws of the whole pools, which no method knows. */
  readonly rule: AllocationRule | "oracle";
}

/** Allocation of a shared budget, played on pools: which policy ends with the higher rewards, and how often. */
export interface AllocationStudy {
  readonly problems: readonly AllocationProblem[];
  /** Problems that share a budget. */
  readonly batchSize: number;
  /** Draws per problem, on average. */
  readonly budget: number;
  readonly policies: readonly AllocationPolicy[];
  /** What the policies are measured against; left out: uniform allocation, with all metrics. */
  readonly comparator?: AllocationPolicy;
  /** Random divisions of the problems into disjoint batches; default `PARTITIONS`. */
  readonly partitions?: number;
  /** Times that each batch is played, each time with another order of its pools; default `RUNS`. */
  readonly runs?: number;
  readonly seed: number;
}

/** One policy's metrics. Against a comparator other than uniform only the win rates and the difference exist. */
export interface AllocationOutcome {
  readonly policy: AllocationPolicy;
  readonly metrics: ReadonlyMap<AllocationMetric, BatchEstimate>;
}

/**
 * Draws that a problem's pool must hold: those of the hungriest policy where one problem gets everything that is left, d + K(B − d), and
 * those of the comparator, which share none with them: 2B of uniform allocation, or another policy's worst case.
 */
export function allocationPoolSize({
  batchSize,
  budget,
  policies,
  comparator,
}: Pick<AllocationStudy, "batchSize" | "budget" | "policies" | "comparator">): number {
  const worst = Math.max(...policies.map((policy) => worstCase(policy, batchSize, budget)));
  return worst + (comparator ? worstCase(comparator, batchSize, budget) : 2 * budget);
}

/**
 * Plays a study. Within a run, exploration, exploitation and comparator share no draw; all policies see the same draws, so that their
 * differences are paired. Values are those of batches; intervals are clustered by the groups of problems that partitions reuse. Throws
 * `pool-too-small` and `too-few-problems`.
 */
export function studyAllocation(study: AllocationStudy): readonly AllocationOutcome[] {
  const play = playStudy(study);
  for (;;) {
    const { done, value } = play.next();
    if (done) return value;
  }
}

/** `studyAllocation`, one batch of one partition at a time: what is yielded is the number of problems played. */
export function* playStudy(study: AllocationStudy): Generator<number, readonly AllocationOutcome[], void> {
  const { batchSize, partitions = PARTITIONS, runs = RUNS, seed, policies, comparator } = study;
  const problems = checkedProblems(study);
  const values = policies.map(() => new Map(metricsOf(comparator).map((metric) => [metric, [] as BatchValue[]])));
  for (const { partition, batch, group, members } of playedBatches(problems.length, batchSize, partitions, seed)) {
    const batchProblems = members.map((position) => problems[position]!);
    const played = Array.from({ length: runs }, (_, run) => batchRun(study, batchProblems, partition, run));
    for (const [index, byMetric] of values.entries()) {
      const metrics = batchMetrics(played, index, study);
      for (const [metric, list] of byMetric) list.push({ partition, batch, group, value: metrics[metric]! });
    }
    yield members.length;
  }
  return policies.map((policy, index) => ({
    policy,
    metrics: new Map(Array.from(values[index]!, ([metric, list]) => [metric, batchEstimate(list)])),
  }));
}

function metricsOf(comparator: AllocationPolicy | undefined): readonly AllocationMetric[] {
  if (!comparator) return ALLOCATION_METRICS;
  return ["batch_win_rate", "problem_win_rate", "mean_difference"];
}

function worstCase({ exploration }: AllocationPolicy, batchSize: number, budget: number): number {
  const explored = exploredDraws(budget, exploration);
  return explored + batchSize * (budget - explored);
}

/** Problems with at least one valid reward; the others cannot be allocated for. */
function checkedProblems(study: AllocationStudy): readonly AllocationProblem[] {
  const problems = study.problems.filter(({ rewards }) => rewards.some((reward) => !Number.isNaN(reward)));
  const needed = allocationPoolSize(study);
  const smallest = Math.min(...problems.map(({ rewards }) => rewards.length));
  if (problems.length < study.batchSize) {
    throw new TouchstoneError({
      code: "too-few-problems",
      family: "input",
      what: `A batch of ${study.batchSize} problems needs as many problems with valid rewards.`,
      value: problems.length,
      fix: "Take more problems or a smaller batch.",
    });
  }
  if (smallest < needed) {
    throw new TouchstoneError({
      code: "pool-too-small",
      family: "pool",
      what: `Allocation among ${study.batchSize} problems at ${study.budget} samples each needs pools of ${needed} samples, so that policy and comparator share none.`,
      value: smallest,
      fix: "Draw a larger pool (`--pool-size`), or use a smaller budget or batch.",
    });
  }
  return problems;
}
