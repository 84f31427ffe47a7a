import { defineClaim } from "@touchstone/evaluation/claims";
import { SAMPLES } from "./settings/arith.ts";

export default defineClaim({
  id: "certainty-4",
  paper: "Self-certainty",
  sentence: "Scales with N.",
  comparison: "maximum at N = 64 minus N = 8",
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
            right: { method: "self-certainty", budget: 8 },
          },
        ],
      },
    ],
  },
});
