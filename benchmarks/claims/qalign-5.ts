import { defineClaim } from "@touchstone/evaluation/claims";

export default defineClaim({
  id: "qalign-5",
  paper: "QAlign",
  sentence: "Outperforms DPO.",
  comparison: "QAlign on the base policy against a DPO policy with majority vote, equal deployed tokens",
  metric: "accuracy",
  delta: 0.01,
  verdictOf: "validation",
  measure: {
    kind: "elsewhere",
    needs: "training",
    why: "it needs a policy trained with DPO",
  },
});
