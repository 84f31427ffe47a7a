import { defineClaim } from "@touchstone/evaluation/claims";
import { everywhere } from "./settings/allocation.ts";

export default defineClaim({
  id: "adabon-1",
  paper: "AdaBoN",
  sentence: "Outperforms uniform allocation at the same budget.",
  comparison:
    "adaptive against uniform allocation, K = 5, B = 120, d = .75 B, each instruct reward model and arith-good",
  metric: "batch win rate - 0.5",
  delta: 0.01,
  verdictOf: "comparison",
  measure: { kind: "allocation", cases: everywhere("uniform") },
});
