import { defineClaim } from "@touchstone/evaluation/claims";
import { ADABON, BUDGET } from "./settings/allocation.ts";
import { ALLOCATION_15, REWARD_MODELS } from "./settings/instruct.ts";

export default defineClaim({
  id: "adabon-3",
  paper: "AdaBoN",
  sentence: "Improves as the batch grows.",
  comparison: "K = 15 minus K = 3, same budget per problem",
  metric: "batch win rate difference",
  delta: 0.02,
  verdictOf: "comparison",
  measure: {
    kind: "allocation",
    cases: REWARD_MODELS.map((rewardModel) => ({
      setting: ALLOCATION_15,
      rewardModel,
      batchSize: 15,
      minusBatchSize: 3,
      budget: BUDGET,
      policy: ADABON,
      against: "uniform" as const,
    })),
  },
});
