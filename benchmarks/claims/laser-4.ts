import { defineClaim } from "@touchstone/evaluation/claims";
import { dropUnderNoise } from "./settings/training.ts";

export default defineClaim({
  id: "laser-4",
  paper: "LASeR",
  sentence: "Robust to noisy rewards.",
  comparison: "drop under score noise of 0.3 sd: sequential training's minus LASeR's",
  metric: "gold score",
  delta: 0.005,
  verdictOf: "validation",
  measure: {
    kind: "trained",
    cases: [
      {
        experiment: "laser",
        dataset: "instruct",
        rewardModel: "",
        parts: [{ left: dropUnderNoise("sequential", 0.3), right: dropUnderNoise("laser", 0.3) }],
      },
    ],
  },
});
