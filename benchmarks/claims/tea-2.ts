import { defineClaim } from "@touchstone/evaluation/claims";
import { estimators } from "./settings/training.ts";

export default defineClaim({
  id: "tea-2",
  paper: "TEA",
  sentence: "Prefix-TEA too (our layout).",
  comparison: "Prefix-TEA against GRPO",
  metric: "J_N, same units",
  delta: 0.02,
  verdictOf: "validation",
  measure: { kind: "trained", cases: estimators("prefix-tea", "grpo") },
});
