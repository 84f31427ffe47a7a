import type { TrainedCase, TrainedCell, TrainedCurve, TrainedSide } from "@touchstone/evaluation/claims";

/** m rollouts a prompt in training, best-of-N at deployment, on instruct. */
const SETTING = { dataset: "instruct", rollouts: 16, deployed: 64 } as const;

/** J_N of an estimator's policies, in the base policy's within-problem standard deviations. */
function deployedBy(row: string): TrainedSide {
  const of: TrainedCell = {
    table: "policies.csv",
    where: { ...SETTING, row, role: "final" },
    column: "j_n",
    unit: "reward_sd",
  };
  return { label: `${row}, m = ${SETTING.rollouts}, best-of-${SETTING.deployed}`, terms: [{ weight: 1, of }] };
}

/** J_N of two estimators at the learning rates that validation chose and, where asked, where both have gone equally far. */
export function estimators(left: string, right: string, { matched = false } = {}): readonly TrainedCase[] {
  const where = { ...SETTING, left, right, metric: "j_n", at: "matched-kl" };
  const contrast = { table: "effects.csv", where, left: `${left} at matched KL`, right };
  const rates = { left: deployedBy(left), right: deployedBy(right) };
  return [
    {
      experiment: "post-training",
      dataset: SETTING.dataset,
      rewardModel: "instruct-format",
      parts: matched ? [rates, { contrast }] : [rates],
    },
  ];
}

/** Iterations of the experiment `laser`. */
const ITERATIONS = 10;

function gold(rule: string, noise: number): TrainedCell {
  return {
    table: "evaluations.csv",
    where: { rule, noise, iteration: ITERATIONS, metric: "gold" },
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
    where: { rule, noise: 0, metric: "gold" },
    column: "estimate",
    along: "iteration",
    cost: "reward_tokens",
  };
}
