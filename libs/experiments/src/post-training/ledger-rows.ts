import type { Spend, TrainingLedgerRow } from "@touchstone/core";
import { orNull } from "../or-null.ts";
import { runColumns } from "./columns.ts";
import type { Comparison } from "./comparison.ts";
import type { ConductedScene } from "./conduct.ts";
import { together } from "./costs.ts";
import { PURPOSES } from "./records.ts";
import { everyRun } from "./row-lists.ts";

/** ledger.csv of one world. */
export function ledgerRows(world: ConductedScene, comparison: Comparison): TrainingLedgerRow[] {
  return everyRun(world).flatMap(({ one, run }) =>
    PURPOSES.map((purpose) => {
      const entries: readonly Partial<Spend>[] =
        purpose === "deploy"
          ? [...run.deployments.values()].map(({ spent }) => spent)
          : run.steps.map(({ spent }) => spent[purpose] ?? {});
      const sum = entries.reduce(together, {});
      return {
        ...runColumns(world.scene, comparison, one.setting, run),
        purpose,
        samples: sum.samples ?? 0,
        prompt_tokens: sum.promptTokens ?? 0,
        completion_tokens: sum.completionTokens ?? 0,
        reward_tokens: sum.rewardTokens ?? 0,
        extra_forward_tokens: sum.extraForwardTokens ?? 0,
        training_tokens: sum.trainingTokens ?? 0,
        flops: sum.flops ?? 0,
        seconds: orNull(sum.seconds ?? Number.NaN),
      };
    }),
  );
}
