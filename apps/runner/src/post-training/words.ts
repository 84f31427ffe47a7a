import type { AdvantageProvenance, EffectRow, PostTrainingResults } from "@touchstone/core";
import type { Comparison, Contestant, WorldCost } from "@touchstone/experiments/post-training";
import { compact, fixed } from "@touchstone/report";
import { clock } from "../progress.ts";

/** What a provenance says, for tables and pages. */
const PROVENANCE: Readonly<Record<AdvantageProvenance, string>> = {
  published: "read in public text or code",
  "second-hand": "from a second-hand transcription",
  derived: "our derivation from a second-hand description",
  reconstruction: "our reconstruction; details are our choice",
  ours: "ours, from no paper",
};

export function provenanceOf({ label, name, provenance }: Contestant) {
  const says =
    name === "prefix-tea" || name === "prefix-tea-cross-fitted"
      ? "layout of prefixes: our reconstruction, not the paper's"
      : name === "dpo"
        ? "DPO as published; which rollouts are paired (best against worst) is ours"
        : name === "best-of-n-distillation"
          ? "likelihood of the group's best rollout; ours"
          : PROVENANCE[provenance];
  return { row: label, provenance, says };
}

/** What will be trained and what it costs, a line each. */
export function planLines(comparison: Comparison, costs: readonly WorldCost[], found: number): readonly string[] {
  const { training, tuning, rollouts, deployed, smoke } = comparison;
  const sum = (of: (cost: WorldCost) => number) => costs.reduce((total, cost) => total + of(cost), 0);
  return [
    `${comparison.name}: ${sum(({ trials }) => trials)} trials (${tuning.rates.length} learning rate${tuning.rates.length === 1 ? "" : "s"} a row) and ${sum(({ finals }) => finals)} reported runs of ${training.steps} steps, ${training.prompts} prompts with m = ${rollouts.join(", ")} rollouts each, for best-of-${deployed.join(" and ")}${smoke ? "; smoke: no verdict" : ""}`,
    ...comparison.worlds.map(({ dataset, policy, reward, second }, i) => {
      const cost = costs[i]!;
      return `${dataset}: ${policy} trained on ${reward}, reported with ${second}: ${compact(cost.rollouts)} rollouts, ${compact(cost.flops)}FLOPs, about ${clock(cost.seconds)}`;
    }),
    `About ${clock(sum(({ seconds }) => seconds))} (hours:minutes:seconds) from nothing at the speed measured just now; ${found} finished runs are there`,
  ];
}

/** Differences that the comparison was made for, for a terminal. */
export function effectLines({ manifest, effects }: PostTrainingResults): readonly string[] {
  const lines = effects.filter(({ metric, right }) => metric === "j_n" && right !== "base").map(effectLine);
  const base = effects.filter(({ metric, right, at }) => metric === "j_n" && right === "base" && at === "chosen-rate");
  return [
    "Best-of-N reward on held-out problems, in the base policy's within-problem standard deviations",
    ...base.map(effectLine),
    ...lines,
    ...(manifest.provenance.some(({ row }) => row.startsWith("prefix-tea"))
      ? ["The layout of prefix-tea is our reconstruction."]
      : []),
    ...(manifest.smoke ? ["Smoke: too small for a verdict."] : []),
  ];
}

function effectLine(row: EffectRow): string {
  const interval =
    row.ci_low === null || row.ci_high === null ? "" : ` [${fixed(row.ci_low, 3)}, ${fixed(row.ci_high, 3)}]`;
  const where = row.at === "matched-kl" ? `matched KL${row.kl === null ? "" : ` ${fixed(row.kl, 2)}`}` : "chosen rate";
  const remark = row.descriptive ? ", descriptive" : "";
  return `${row.dataset}, m = ${row.rollouts}, N = ${row.deployed}: ${row.left} − ${row.right} at ${where}: ${row.effect === null ? "undefined" : fixed(row.effect, 3)}${interval} over ${row.n} ${row.unit}s${remark}`;
}
