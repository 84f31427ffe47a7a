import { defineClaim } from "@touchstone/evaluation/claims";
import { CHAIN_TOKENS, CHAINS } from "./settings/arith.ts";

export default defineClaim({
  id: "qalign-5",
  paper: "QAlign",
  sentence: "Outperforms DPO.",
  comparison: "QAlign on the base policy against a DPO policy with majority vote, equal deployed tokens",
  metric: "accuracy",
  delta: 0.01,
  verdictOf: "validation",
  measure: {
    kind: "trained",
    cases: [
      {
        experiment: "dpo",
        dataset: "arith",
        rewardModel: "arith-good",
        parts: [
          {
            left: { setting: CHAINS, cell: { method: "qalign", budget: CHAIN_TOKENS.largest } },
            right: {
              label: `DPO and majority vote at ${CHAIN_TOKENS.largest}`,
              terms: [
                {
                  weight: 1,
                  of: {
                    table: "votes.csv",
                    where: { rule: "best", noise: 0, budget: CHAIN_TOKENS.largest },
                    column: "accuracy",
                    problem: "problem",
                  },
                },
              ],
            },
          },
        ],
      },
    ],
  },
});
