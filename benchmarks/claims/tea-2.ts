import { defineClaim } from "@touchstone/evaluation/claims";

export default defineClaim({
  id: "tea-2",
  paper: "TEA",
  sentence: "Prefix-TEA too (our layout).",
  comparison: "Prefix-TEA against GRPO",
  metric: "J_N, same units",
  delta: 0.02,
  verdictOf: "validation",
  measure: {
    kind: "elsewhere",
    needs: "training",
    why: "it compares trained policies; the unit is the seed",
  },
});
