import { defineClaim } from "@touchstone/evaluation/claims";
import { goldByRewardTokens } from "./settings/training.ts";

export default defineClaim({
  id: "laser-6",
  paper: "LASeR",
  sentence: "Trains to the same quality for about half the cost of ensembles.",
  comparison: "reward-model tokens to reach the ensemble's final gold score, 1 minus the ratio",
  metric: "1 - ratio",
  delta: 0.1,
  verdictOf: "validation",
  measure: {
    kind: "trained",
    cases: [
      {
        experiment: "laser",
        dataset: "instruct",
        rewardModel: "",
        parts: [{ saving: { left: goldByRewardTokens("laser"), right: goldByRewardTokens("score-ensemble") } }],
      },
    ],
  },
});
