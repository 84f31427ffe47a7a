import { defineClaim } from "@touchstone/evaluation/claims";
import { estimators } from "./settings/training.ts";

export default defineClaim({
  id: "tea-3",
  paper: "TEA",
  sentence: "Extrapolating beats optimising max@m.",
  comparison: "TEA against max-at-m",
  metric: "J_N, same units",
  delta: 0.02,
  verdictOf: "validation",
  measure: { kind: "trained", cases: estimators("tea", "max-at-k") },
});
