import { stream, type Stream } from "@touchstone/core";
import {
  allocateDraws,
  empiricalLaw,
  exactValue,
  exploredDraws,
  greedyAllocation,
  type RewardLaw,
} from "@touchstone/stats";
import type { AllocationPolicy, AllocationProblem, AllocationStudy } from "./allocation.ts";

/** One play of a batch: the highest reward of every problem under each policy, and under the comparator. */
export interface BatchRun {
  /** By policy, then problem. */
  readonly maxima: readonly Float64Array[];
  readonly comparator: Float64Array;
  /** Sum over the batch of the highest of N fresh rewards, N = 1 … 2B; absent where the comparator is a policy. */
  readonly curve?: Float64Array;
}

/** Plays a batch once, on pools in an order that the key (seed, partition, run, problem) decides. */
export function batchRun(
  { budget, batchSize, policies, comparator, seed }: AllocationStudy,
  problems: readonly AllocationProblem[],
  partition: number,
  run: number,
): BatchRun {
  const ordered = problems.map(({ id, rewards }) => {
    const order = stream(seed, "allocation draws", id, partition, run).permutation(rewards.length);
    return Float64Array.from(order, (index) => rewards[index]!);
  });
  const random = stream(seed, "allocation", problems[0]!.id, partition, run);
  const longest = Math.max(
    ...policies.map(({ exploration }) => {
      const explored = exploredDraws(budget, exploration);
      return explored + batchSize * (budget - explored);
    }),
  );
  // The comparator's draws begin where those of the hungriest policy could end.
  const fresh = ordered.map((rewards) => rewards.subarray(longest));
  const maxima = policies.map((policy) => spend(policy, problems, ordered, budget, random.child(policy.name)));
  if (comparator) {
    return { maxima, comparator: spend(comparator, problems, fresh, budget, random.child("comparator")) };
  }
  const curve = new Float64Array(2 * budget);
  for (const rewards of fresh) {
    let best = Number.NEGATIVE_INFINITY;
    for (let n = 0; n < curve.length; n++) {
      if (rewards[n]! > best) best = rewards[n]!;
      curve[n]! += best;
    }
  }
  return { maxima, comparator: Float64Array.from(fresh, (rewards) => highest(rewards, budget)), curve };
}

function spend(
  { exploration, rule }: AllocationPolicy,
  problems: readonly AllocationProblem[],
  ordered: readonly Float64Array[],
  budget: number,
  random: Stream,
): Float64Array {
  const first = exploredDraws(budget, exploration);
  const explored = ordered.map((rewards) => rewards.subarray(0, first));
  const extra = problems.length * (budget - first);
  const given =
    rule === "oracle"
      ? greedyAllocation(
          problems.map(({ rewards }, i) => exactValue(lawOfPool(rewards), highest(explored[i]!, first))),
          extra,
        )
      : allocateDraws(explored, extra, rule, random);
  return Float64Array.from(ordered, (rewards, i) => highest(rewards, first + given[i]!));
}

/** Laws of pools, which every play asks for again. */
const LAWS = new WeakMap<Float64Array, RewardLaw>();

function lawOfPool(rewards: Float64Array): RewardLaw {
  const law = LAWS.get(rewards) ?? empiricalLaw(rewards.filter((reward) => !Number.isNaN(reward)));
  LAWS.set(rewards, law);
  return law;
}

/** The highest of the first n rewards, failed ones left out; −∞ where there is none. */
function highest(rewards: Float64Array, n: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) if (rewards[i]! > best) best = rewards[i]!;
  return best;
}
