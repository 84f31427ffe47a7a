import { canonicalJson, type AllocationRow } from "@touchstone/core";
import { nullValue } from "./allocation-metrics.ts";
import { RUNS } from "./allocation-defaults.ts";
import type { AllocationOutcome, AllocationPolicy, AllocationStudy } from "./allocation.ts";
import { cellValue } from "./cell-record.ts";

/** The columns that say what was studied. */
type Scene = Pick<AllocationRow, "suite" | "dataset" | "split" | "model" | "decoding" | "reward_model">;

/** Rows of allocation.csv: one a (policy, metric). */
export function allocationRows(
  scene: Scene,
  study: Omit<AllocationStudy, "problems">,
  outcomes: readonly AllocationOutcome[],
): AllocationRow[] {
  const { batchSize, budget, comparator, runs = RUNS, seed } = study;
  return outcomes.flatMap(({ policy, metrics }) =>
    Array.from(metrics, ([metric, found]) => ({
      ...scene,
      policy: policy.name,
      parameters: parametersOf(policy),
      comparator: comparator ? `${comparator.name} ${parametersOf(comparator)}` : "uniform",
      batch_size: batchSize,
      budget,
      metric,
      estimate: cellValue(found.estimate),
      standard_error: cellValue(found.standardError),
      ci_low: cellValue(found.low),
      ci_high: cellValue(found.high),
      null_value: cellValue(nullValue(metric, budget)),
      batches: found.batches,
      partitions: found.partitions,
      runs,
      monte_carlo_error: cellValue(found.monteCarloError),
      seed,
    })),
  );
}

function parametersOf({ exploration, rule }: AllocationPolicy): string {
  return canonicalJson(rule === "oracle" ? { exploration } : { exploration, ...rule });
}
