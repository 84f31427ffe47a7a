import { defineClaim } from "@touchstone/evaluation/claims";
import { estimators } from "./settings/training.ts";

export default defineClaim({
  id: "tea-1",
  paper: "TEA",
  sentence: "Beats GRPO for best-of-N when m is far below N.",
  comparison: "TEA against GRPO, m = 16, N = 64, equal rollouts, tuned learning rates; also at matched KL; instruct",
  metric: "J_N on held-out problems, in units of the base policy's within-problem reward sd",
  delta: 0.02,
  verdictOf: "validation",
  measure: { kind: "trained", cases: estimators("tea", "grpo", { matched: true }) },
});
