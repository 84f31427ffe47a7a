import { defineClaim } from "@touchstone/evaluation/claims";

export default defineClaim({
  id: "tea-3",
  paper: "TEA",
  sentence: "Extrapolating beats optimising max@m.",
  comparison: "TEA against max-at-m",
  metric: "J_N, same units",
  delta: 0.02,
  verdictOf: "validation",
  measure: {
    kind: "elsewhere",
    needs: "training",
    why: "it compares trained policies; the unit is the seed",
  },
});
