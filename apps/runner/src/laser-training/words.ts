import type { LaserTables } from "@touchstone/core";
import { summarise, type LaserExperiment, type RuleSummary } from "@touchstone/experiments/laser";
import { compact, fixed } from "@touchstone/report";

/** What came out, for a terminal. */
export function summaryLines(
  { smoke, vote }: LaserExperiment,
  { evaluations, ranking }: LaserTables,
): readonly string[] {
  const rules = summarise(evaluations);
  const votes = evaluations.filter(({ metric }) => metric === `majority_at_${vote?.tokens}_tokens`);
  return [
    `Reward models by the gold of what they select on validation: ${ranking.map((row) => `${row.reward_model} ${row.gold === null ? "undefined" : fixed(row.gold, 3)}`).join(", ")}`,
    "Gold of a single response at the end of training, mean over seeds",
    ...rules.map(ruleLine),
    ...votes.map(
      ({ rule, seed, metric, estimate, samples }) =>
        `${rule}, seed ${seed}, ${metric.replaceAll("_", " ")} (${samples} responses): ${estimate === null ? "undefined" : fixed(estimate, 3)}`,
    ),
    ...(smoke ? ["Smoke: too small for a verdict."] : []),
    "",
  ];
}

function ruleLine({ rule, noise, seeds, gold, low, high, tokens, flops, earnedWithGold }: RuleSummary): string {
  const interval = Number.isNaN(low) ? "" : ` [${fixed(low, 3)}, ${fixed(high, 3)}]`;
  const remark = Number.isNaN(earnedWithGold)
    ? ""
    : `; what the bandit earned went with rising gold at r = ${fixed(earnedWithGold, 2)}`;
  return (
    `${rule}${noise > 0 ? ` under noise of ${noise} sd` : ""}: ${fixed(gold, 3)}${interval}, ${seeds} seed${seeds === 1 ? "" : "s"}, ` +
    `${compact(tokens.reward)} reward-model tokens, ${compact(tokens.training)} training tokens, ${compact(flops)}FLOPs${remark}`
  );
}
