import { defineLaserExperiment } from "@touchstone/experiments/laser";

/** A policy trained with DPO on one reward model, deployed with majority vote: what QAlign on the untrained policy is compared with. */
export default defineLaserExperiment({
  kind: "laser",
  name: "dpo",
  description:
    "The policy of arith trained on preference pairs by arith-good, and its majority vote at the tokens of a chain of 256 steps.",
  dataset: "arith",
  policy: "arith",
  rewardModels: ["arith-good"],
  rules: ["best"],
  seeds: [1, 2, 3, 4, 5],
  training: { iterations: 4, steps: 10, temperature: 1, maxTokens: 96, rates: [0.0003, 0.001] },
  vote: { tokens: 17_000, problems: 100 },
});
