import { defineSuite } from "@touchstone/evaluation";

/**
 * How the temperature of the reward decides what a chain does, on validation problems only: the figures from which the β of
 * other suites was chosen (docs/methods/qalign.md).
 */
export default defineSuite({
  name: "qalign-beta",
  description: "Chains of qalign at six temperatures on 125 validation problems.",
  datasets: [{ name: "arith", split: "validation", limit: 125 }],
  models: ["arith"],
  rewardModels: ["arith-good"],
  methods: [
    "majority-vote",
    "best-of-n",
    ...[0.1, 0.25, 0.5, 1, 2, 4].map((beta) => ({ name: "qalign", parameters: { beta, unit: "sd" } })),
  ],
  budgets: { unit: "samples", amounts: [16, 64, 128] },
  seeds: [0],
  poolSize: 256,
});
