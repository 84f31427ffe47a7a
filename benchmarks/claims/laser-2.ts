import { defineClaim } from "@touchstone/evaluation/claims";
import { SAMPLES } from "./settings/instruct.ts";

export default defineClaim({
  id: "laser-2",
  paper: "LASeR",
  sentence: "Beats the score ensemble.",
  comparison: "LASeR against the mean of standardised scores",
  metric: "gold score",
  delta: 0.005,
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
            right: { method: "laser", parameters: { policy: "standardised-mean" }, budget: 16 },
          },
        ],
      },
    ],
  },
});
