import { defineSuite } from "@touchstone/evaluation";

/** As `qalign-beta`, for the reward model of instruct with which `standard` runs chains. */
export default defineSuite({
  name: "qalign-beta-instruct",
  description: "Chains of qalign at six temperatures on 48 validation problems of instruct.",
  datasets: [{ name: "instruct", split: "validation", limit: 48 }],
  models: ["instruct"],
  rewardModels: ["instruct-words"],
  decodings: [{ maxTokens: 80 }],
  methods: [
    "single-sample",
    "best-of-n",
    ...[0.1, 0.25, 0.5, 1, 2, 4].map((beta) => ({
      name: "qalign",
      parameters: { beta, unit: "sd", answer: "mbr" },
    })),
  ],
  budgets: { unit: "samples", amounts: [128] },
  seeds: [0],
  poolSize: 128,
});
