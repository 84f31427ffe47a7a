import { defineClaim } from "@touchstone/evaluation/claims";
import { CHAIN_TOKENS, CHAINS, REWARD_MODELS } from "./settings/arith.ts";

export default defineClaim({
  id: "qalign-2",
  paper: "QAlign",
  sentence: "Improves on majority voting.",
  comparison: "QAlign against majority vote, equal tokens, largest budget",
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
          right: { method: "majority-vote", budget: CHAIN_TOKENS.largest },
        },
      ],
    })),
  },
});
