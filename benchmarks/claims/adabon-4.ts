import { defineClaim } from "@touchstone/evaluation/claims";
import { ADABON, everywhere } from "./settings/allocation.ts";

export default defineClaim({
  id: "adabon-4",
  paper: "AdaBoN",
  ours: true,
  sentence: "The gain is more than what allocation proportional to the standard deviation gives.",
  comparison: "adaptive against sd-proportional, same settings",
  metric: "batch win rate - 0.5",
  delta: 0.01,
  verdictOf: "comparison",
  measure: { kind: "allocation", cases: everywhere({ ...ADABON, rule: "sd-proportional" }) },
});
