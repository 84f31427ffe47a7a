import type { TrainedCase, TrainedCell, TrainedCurve, TrainedSide } from "@touchstone/evaluation/claims";

/** m rollouts a prompt in training, best-of-N at deployment, on instruct. */
const SETTING = { dataset: "instruct", rollouts: 16, deployed: 64 } as const;

/** One side of a contrast, by seed: J_N in the base policy's within-problem standard deviations. */
function side(left: string, right: string, at: "chosen-rate" | "matched-kl", which: "left" | "right"): TrainedSide {
  const of: TrainedCell = {
    table: "contrasts.csv",
    where: { ...SETTING, left, right, metric: "j_n", at },
    column: `${which}_value`,
  };
  const label = which === "left" ? left : right;
  return { label: at === "matched-kl" ? `${label} at matched KL` : label, terms: [{ weight: 1, of }] };
}

/** J_N of two estimators at the learning rates that validation chose and, where asked, where both have gone equally far. */
export function estimators(left: string, right: string, { matched = false } = {}): readonly TrainedCase[] {
  const at = matched ? (["chosen-rate", "matched-kl"] as const) : (["chosen-rate"] as const);
  return [
    {
      experiment: "post-training",
      dataset: SETTING.dataset,
      rewardModel: "instruct-format",
      parts: at.map((moment) => ({
        left: side(left, right, moment, "left"),
        right: side(left, right, moment, "right"),
      })),
    },
  ];
}

/** Iterations of the experiment `laser`. */
const ITERATIONS = 10;

function gold(rule: string, noise: number): TrainedCell {
  return {
    table: "evaluations.csv",
    where: { rule, noise, role: "final", iteration: ITERATIONS, metric: "gold" },
    column: "estimate",
  };
}

/** How much gold a rule of training loses at its end by noise on the scores. */
export function dropUnderNoise(rule: string, noise: number): TrainedSide {
  return {
    label: `drop of ${rule}`,
    terms: [
      { weight: 1, of: gold(rule, 0) },
      { weight: -1, of: gold(rule, noise) },
    ],
  };
}

/** Gold along the training by a rule, and the reward-model tokens it had cost by then. */
export function goldByRewardTokens(rule: string): TrainedCurve {
  return {
    label: `tokens of ${rule}`,
    table: "evaluations.csv",
    where: { rule, noise: 0, role: "final", metric: "gold" },
    column: "estimate",
    along: "iteration",
    cost: "reward_tokens",
  };
}
