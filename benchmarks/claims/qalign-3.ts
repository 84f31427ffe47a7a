import { defineClaim } from "@touchstone/evaluation/claims";
import { CHAIN_TOKENS, CHAINS, REWARD_MODELS } from "./settings/arith.ts";

export default defineClaim({
  id: "qalign-3",
  paper: "QAlign",
  sentence: "Improves on weighted majority voting.",
  comparison: "QAlign against weighted vote (softmax, validation beta), equal tokens, largest budget",
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
          right: { method: "weighted-vote", budget: CHAIN_TOKENS.largest },
        },
      ],
    })),
  },
});
