import { defineSuite } from "@touchstone/evaluation";

/**
 * Temperatures of chains, in standard deviations of the reward: the best of six at 128 steps on validation problems (the
 * suites `qalign-beta` and `qalign-beta-instruct`). Whole responses of instruct have no majority, so its chain answers by
 * minimum Bayes risk.
 */
const CHAINS = [
  { name: "qalign", parameters: { beta: 0.1, unit: "sd" }, rewardModels: ["arith-good"] },
  { name: "qalign", parameters: { beta: 1, unit: "sd", answer: "mbr" }, rewardModels: ["instruct-words"] },
];

/** Both worlds in one comparison: at most 40 minutes on two cores from nothing, and two where the pool is full. */
export default defineSuite({
  name: "standard",
  description:
    "64 problems of each world: selection among up to 64 of 256 samples by every reward model, and chains of 128 steps with one (at 128 samples the pool is below four times the budget).",
  datasets: [
    {
      name: "arith",
      split: "test",
      limit: 64,
      models: ["arith"],
      rewardModels: ["arith-good", "arith-small", "arith-blind"],
    },
    {
      name: "instruct",
      split: "test",
      limit: 64,
      models: ["instruct"],
      rewardModels: ["instruct-format", "instruct-words", "instruct-plain", "instruct-long"],
    },
  ],
  models: ["arith", "instruct"],
  rewardModels: [
    "arith-good",
    "arith-small",
    "arith-blind",
    "instruct-format",
    "instruct-words",
    "instruct-plain",
    "instruct-long",
  ],
  // Responses of either world have fewer than 60 tokens but for a few of instruct.
  decodings: [{ maxTokens: 80 }],
  methods: [
    "single-sample",
    "greedy",
    "majority-vote",
    "best-of-n",
    "weighted-vote",
    "self-certainty",
    { name: "self-certainty", parameters: { use: "borda" } },
    "confidence-vote",
    "soft-best-of-n",
    "majority-of-the-bests",
    "pessimistic-best-of-n",
    "adaptive-consistency",
    "laser",
    ...CHAINS,
  ],
  budgets: { unit: "samples", amounts: [1, 8, 64, 128] },
  seeds: [0],
  replicates: 200,
  poolSize: 256,
  fit: { limit: 100 },
});
