import { defineClaim } from "@touchstone/evaluation/claims";

export default defineClaim({
  id: "race-1",
  paper: "Speeding Up LM Evaluation",
  sentence: "The best method is found with 5-15 % of the evaluations.",
  comparison: "success rate of the race at 15 % of the cells, 200 repetitions, minus .95 (level)",
  metric: "rate",
  delta: 0.03,
  level: true,
  verdictOf: "validation",
  measure: {
    kind: "elsewhere",
    needs: "race",
    why: "it needs a race over cells, which is not built",
  },
});
