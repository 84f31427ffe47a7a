import { defineClaim } from "@touchstone/evaluation/claims";
import { CHAIN_TOKENS, CHAINS, CURVE, REWARD_MODELS } from "./settings/arith.ts";

const AMOUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const;

export default defineClaim({
  id: "qalign-4",
  paper: "QAlign",
  sentence: "Best-of-n degrades with compute, QAlign does not.",
  comparison:
    "both parts: (i) best-of-n at its validation-chosen peak minus at 256 > 0; (ii) QAlign at the largest budget minus at a quarter of it, level",
  metric: "accuracy",
  delta: 0.01,
  verdictOf: "validation",
  measure: {
    kind: "paired",
    cases: REWARD_MODELS.map((rewardModel) => ({
      setting: CHAINS,
      rewardModel,
      parts: [
        {
          setting: CURVE,
          left: { highest: AMOUNTS.map((budget) => ({ method: "best-of-n", budget })) },
          right: { method: "best-of-n", budget: 256 },
        },
        {
          left: { method: "qalign", budget: CHAIN_TOKENS.largest },
          right: { method: "qalign", budget: CHAIN_TOKENS.quarter },
          level: true,
        },
      ],
    })),
  },
});
