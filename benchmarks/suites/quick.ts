import { defineSuite } from "@touchstone/evaluation";

/** The first comparison: minutes on two cores. Reward models are logits, so weighted vote has its two conventions for those. */
export default defineSuite({
  name: "quick",
  description: "Five methods with three reward models on 60 word problems, 1 to 64 samples.",
  datasets: [{ name: "arith", split: "test", limit: 60 }],
  models: ["arith"],
  rewardModels: ["arith-good", "arith-small", "arith-blind"],
  methods: [
    "single-sample",
    "greedy",
    "majority-vote",
    "best-of-n",
    { name: "weighted-vote", parameters: { weights: "softmax" } },
    { name: "weighted-vote", parameters: { weights: "min-max" } },
  ],
  budgets: { unit: "samples", amounts: [1, 2, 4, 8, 16, 32, 64] },
  seeds: [0],
  replicates: 200,
  poolSize: 256,
});
