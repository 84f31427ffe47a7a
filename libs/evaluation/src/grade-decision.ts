import type { Selection } from "@touchstone/core";
import type { ProblemPool } from "./columns.ts";
import type { Graded } from "./tally.ts";

/** Grades a decision on the samples `chosen` (indices into the pool, in the order of the weights). */
export function gradeSelection(
  selection: Selection,
  chosen: Uint32Array,
  pool: ProblemPool,
  visible: readonly string[],
): Graded {
  const { diagnostics } = selection;
  if (selection.kind === "abstained")
    return { accuracy: ofAbstention(pool), proxy: Number.NaN, abstained: selection.reason, diagnostics };
  const rewards = proxyOf(pool, visible);
  return {
    accuracy: weighted(selection.weights, chosen, pool.grades),
    proxy: rewards ? weighted(selection.weights, chosen, rewards) : Number.NaN,
    ...(pool.lengthDifferences && {
      lengthDifference: weighted(selection.weights, chosen, pool.lengthDifferences),
    }),
    abstained: undefined,
    diagnostics,
  };
}

/** An abstention counts 0 where there is gold, and is as undefined as everything else where there is none. */
function ofAbstention({ grades }: Pick<ProblemPool, "grades">): number {
  return grades.length > 0 && grades.every(Number.isNaN) ? Number.NaN : 0;
}

/** The one reward model by which a contender's proxy reward is measured. */
export function proxyOf(pool: ProblemPool, visible: readonly string[]): Float64Array | undefined {
  return visible.length === 1 ? pool.rewards.get(visible[0]!)?.values : undefined;
}

/** A failed reward (NaN) without weight must not make the sum NaN; one with weight must. */
function weighted(weights: Float64Array, chosen: Uint32Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] !== 0) sum += weights[i]! * values[chosen[i]!]!;
  }
  return sum;
}
