import type { ClaimSetting } from "@touchstone/evaluation/claims";

export const REWARD_MODELS = ["arith-good", "arith-small", "arith-blind"] as const;

const world = { dataset: "arith", model: "arith", rewardModels: REWARD_MODELS } as const;

/** Every choice of a parameter: 8 trials a method on 200 validation problems. */
const tuning = { problems: 200, trials: 8 } as const;

/** Selection among independent samples. */
export const SAMPLES: ClaimSetting = {
  ...world,
  name: "claims-arith",
  problems: 1200,
  pool: 256,
  unit: "samples",
  tuning,
};

/**
 * Chains of 256 steps against selectors at equal tokens. Of the tokens of such a chain on this world (a step redraws half of a
 * response of 23 tokens and rewards the prompt of 32 with the response), best-of-n buys 220 samples and majority vote, which
 * pays for no rewards, 750: hence the larger pool.
 */
export const CHAINS: ClaimSetting = {
  ...world,
  name: "claims-arith-chains",
  problems: 200,
  pool: 1024,
  unit: "tokens",
  tuning,
};
export const CHAIN_TOKENS = { largest: 17_000, quarter: 4_250 } as const;

/** Best-of-n from 1 to 256 with four times as many samples. */
export const CURVE: ClaimSetting = {
  ...world,
  name: "claims-arith-curve",
  problems: 100,
  pool: 1024,
  unit: "samples",
};

/** Budgets of 120 that batches of 5 share: 80 batches; d + K(B − d) + 2B = 90 + 150 + 240 draws, none of them twice. */
export const ALLOCATION: ClaimSetting = {
  ...world,
  name: "claims-arith-allocation",
  rewardModels: ["arith-good"],
  problems: 400,
  pool: 480,
  unit: "samples",
};

/** Three temperatures. A pool of four times the budget of 16, because each temperature draws its own. */
export const TEMPERATURES: ClaimSetting = {
  ...world,
  name: "claims-arith-temperatures",
  problems: 1200,
  pool: 64,
  unit: "samples",
  decodings: [{ temperature: 0.6 }, { temperature: 0.8 }, { temperature: 1 }],
};
