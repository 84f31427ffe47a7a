import type { ClaimSetting } from "@touchstone/evaluation/claims";

/** Without `instruct-format-b`, the second copy that judges what was selected with the first. */
export const REWARD_MODELS = ["instruct-format", "instruct-words", "instruct-plain", "instruct-long"] as const;

/** Prompts of up to 45 tokens leave 83 of the model's 128 positions. */
const decodings = [{ maxTokens: 80 }] as const;

const world = { dataset: "instruct", model: "instruct", rewardModels: REWARD_MODELS, decodings } as const;

/** Selection among independent samples by one of several reward models. A bandit learns on problems of the train split. */
export const SAMPLES: ClaimSetting = {
  ...world,
  name: "claims-instruct",
  problems: 400,
  pool: 480,
  unit: "samples",
  tuning: { problems: 200, trials: 8 },
  fit: 400,
};

/** Budgets of 120 that batches share: 80 batches of 5 or 3; d + K(B − d) + 2B = 90 + 150 + 240 draws, none of them twice. */
export const ALLOCATION: ClaimSetting = {
  ...world,
  name: "claims-instruct-allocation",
  problems: 400,
  pool: 480,
  unit: "samples",
};

/** The same with 26 batches of 15: 90 + 450 + 240 draws. */
export const ALLOCATION_15: ClaimSetting = { ...ALLOCATION, name: "claims-instruct-allocation-15", pool: 780 };
