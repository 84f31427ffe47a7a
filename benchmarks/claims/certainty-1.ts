import { defineClaim } from "@touchstone/evaluation/claims";
import { SAMPLES } from "./settings/arith.ts";

export default defineClaim({
  id: "certainty-1",
  paper: "Self-certainty",
  sentence: "Borda voting beats self-consistency.",
  comparison: "Borda with p = 1.2 against majority vote, N = 64, arith",
  metric: "accuracy",
  delta: 0.003,
  verdictOf: "comparison",
  measure: {
    kind: "paired",
    cases: [
      {
        setting: SAMPLES,
        rewardModel: "",
        parts: [
          {
            left: {
              method: "self-certainty",
              parameters: { use: "borda", p: 1.2 },
              tune: { use: "borda" },
              budget: 64,
            },
            right: { method: "majority-vote", budget: 64 },
          },
        ],
      },
    ],
  },
});
