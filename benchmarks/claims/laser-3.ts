import { defineClaim } from "@touchstone/evaluation/claims";
import { REWARD_MODELS, SAMPLES } from "./settings/instruct.ts";

export default defineClaim({
  id: "laser-3",
  paper: "LASeR",
  sentence: "At least the best single reward model.",
  comparison: "test time: LASeR against the reward model that is best in validation (level)",
  metric: "gold score",
  delta: 0.005,
  level: true,
  verdictOf: "validation",
  measure: {
    kind: "paired",
    cases: [
      {
        setting: SAMPLES,
        rewardModel: "",
        parts: [
          {
            left: { method: "laser", budget: 16 },
            right: { highest: REWARD_MODELS.map((rewardModel) => ({ method: "best-of-n", rewardModel, budget: 16 })) },
          },
        ],
      },
    ],
  },
});
