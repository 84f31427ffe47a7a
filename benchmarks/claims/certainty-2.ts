import { defineClaim } from "@touchstone/evaluation/claims";
import { SAMPLES } from "./settings/arith.ts";

export default defineClaim({
  id: "certainty-2",
  paper: "Self-certainty",
  sentence: "Alone it stays below self-consistency.",
  comparison: "majority vote against the maximum of self-certainty, N = 64",
  metric: "accuracy",
  delta: 0.01,
  verdictOf: "comparison",
  measure: {
    kind: "paired",
    cases: [
      {
        setting: SAMPLES,
        rewardModel: "",
        parts: [
          {
            left: { method: "majority-vote", budget: 64 },
            right: { method: "self-certainty", budget: 64 },
          },
        ],
      },
    ],
  },
});
