import { defineClaim } from "@touchstone/evaluation/claims";
import { SAMPLES } from "./settings/instruct.ts";

export default defineClaim({
  id: "laser-1",
  paper: "LASeR",
  sentence: "Beats random choice of reward model.",
  comparison: "LASeR against random choice, instruct, best-of-16",
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
            right: { method: "laser", parameters: { policy: "random" }, budget: 16 },
          },
        ],
      },
    ],
  },
});
