import { defineSuite } from "@touchstone/evaluation";

/** Seconds: whether everything works, not which method is best. */
export default defineSuite({
  name: "smoke",
  description: "Five methods with one reward model on 4 word problems, 1 to 4 samples: whether everything works.",
  datasets: [{ name: "arith", split: "test", limit: 4 }],
  models: ["arith"],
  rewardModels: ["arith-small"],
  methods: ["single-sample", "greedy", "majority-vote", "best-of-n", "weighted-vote"],
  budgets: { unit: "samples", amounts: [1, 4] },
  poolSize: 16,
});
