import { defineClaim } from "@touchstone/evaluation/claims";
import { everywhere } from "./settings/allocation.ts";

export default defineClaim({
  id: "adabon-2",
  paper: "AdaBoN",
  sentence: "Competitive against uniform allocation with 20 % more.",
  comparison: "adaptive at B against uniform at 1.2 B, same settings",
  metric: "batch win rate - 0.5",
  delta: 0.02,
  level: true,
  verdictOf: "comparison",
  measure: { kind: "allocation", cases: everywhere("uniform-larger") },
});
