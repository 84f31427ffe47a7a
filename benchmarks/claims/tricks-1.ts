import { defineClaim } from "@touchstone/evaluation/claims";
import { REWARD_MODELS, TEMPERATURES } from "./settings/arith.ts";

const EACH = [0, 1, 2].map((decoding) => ({ method: "best-of-n", budget: 16, decoding }));

export default defineClaim({
  id: "tricks-1",
  paper: "Bag of Tricks",
  sentence: "Sampling temperature alone moves accuracy by points.",
  comparison: "best minus worst of T in {0.6, 0.8, 1.0}, both chosen on validation, for best-of-16",
  metric: "accuracy",
  delta: 0.01,
  verdictOf: "validation",
  measure: {
    kind: "paired",
    cases: REWARD_MODELS.map((rewardModel) => ({
      setting: TEMPERATURES,
      rewardModel,
      parts: [{ left: { highest: EACH }, right: { lowest: EACH } }],
    })),
  },
});
