import type { Bar } from "../bars.ts";

/** What the policy's card has to show of the world. `saturated-256`: fewer than half of the problems leave nothing to be found. */
export const POLICY_BARS: readonly Bar[] = [
  { figure: "saturated-256", most: 0.499 },
  { figure: "least-correlation", most: 0.299 },
  { figure: "best-models", least: 2 },
];

/** What every reward model's card has to show. */
export const REWARD_BARS: readonly Bar[] = [
  { figure: "heterogeneity", least: 0.5 },
  { figure: "distinct-rewards-64", least: 50 },
];
