import { defineClaim } from "@touchstone/evaluation/claims";
import { SAMPLES } from "./settings/arith.ts";

export default defineClaim({
  id: "certainty-3",
  paper: "Self-certainty",
  sentence: "Beats other confidence measures as a selector.",
  comparison: "self-certainty against perplexity, maximum, N = 64",
  metric: "accuracy",
  delta: 0.005,
  verdictOf: "comparison",
  measure: {
    kind: "paired",
    cases: [
      {
        setting: SAMPLES,
        rewardModel: "",
        parts: [
          {
            left: { method: "self-certainty", budget: 64 },
            right: { method: "self-certainty", parameters: { measure: "perplexity" }, budget: 64 },
          },
        ],
      },
    ],
  },
});
