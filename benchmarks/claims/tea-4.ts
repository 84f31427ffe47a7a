import { defineClaim } from "@touchstone/evaluation/claims";
import { estimators } from "./settings/training.ts";

export default defineClaim({
  id: "tea-4",
  paper: "TEA",
  ours: true,
  sentence: "Order-statistic extrapolation is at least TEA.",
  comparison: "OSE against TEA (level)",
  metric: "J_N, same units",
  delta: 0.02,
  level: true,
  verdictOf: "validation",
  measure: { kind: "trained", cases: estimators("order-statistic-extrapolation", "tea") },
});
