import { defineClaim } from "@touchstone/evaluation/claims";
import { CHAIN_TOKENS, CHAINS, REWARD_MODELS } from "./settings/arith.ts";

export default defineClaim({
  id: "qalign-1",
  paper: "QAlign",
  sentence: "Improves on best-of-n as compute grows.",
  comparison: "QAlign against best-of-n at equal tokens, largest budget; arith good, small, blind",
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
          left: { method: "qalign", budget: CHAIN_TOKENS.largest },
          right: { method: "best-of-n", budget: CHAIN_TOKENS.largest },
        },
      ],
    })),
  },
});
