import { defineClaim } from "@touchstone/evaluation/claims";

export default defineClaim({
  id: "laser-4",
  paper: "LASeR",
  sentence: "Robust to noisy rewards.",
  comparison: "drop under score noise of 0.3 sd: sequential training's minus LASeR's",
  metric: "gold score",
  delta: 0.005,
  verdictOf: "validation",
  measure: {
    kind: "elsewhere",
    needs: "training",
    why: "it compares how two ways of training lose under noise; the unit is the seed",
  },
});
