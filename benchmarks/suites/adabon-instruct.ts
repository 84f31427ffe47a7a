import { defineSuite } from "@touchstone/evaluation";

const INSTRUCT = ["instruct-format", "instruct-words", "instruct-plain", "instruct-long"];

/**
 * The exact integral stands for the paper's Monte-Carlo estimate of it, which agrees within its noise (tested) and would take hours
 * here. K = 5, B = 120, d = .75 B are second-hand (reviews of the paper); its temperature is not stated anywhere.
 */
export default defineSuite({
  name: "adabon-instruct",
  description:
    "AdaBoN's setting on instruct: batches of 5 share 120 samples a problem. The paper's models and AlpacaEval are replaced by the built-in world.",
  datasets: [{ name: "instruct", split: "test", limit: 400 }],
  models: ["instruct"],
  rewardModels: INSTRUCT,
  decodings: [{ maxTokens: 80 }],
  methods: [
    "best-of-n",
    "adaptive-best-of-n",
    { name: "adaptive-best-of-n", parameters: { allocation: "sd-proportional" } },
    { name: "adaptive-best-of-n", parameters: { density: "gaussian" } },
    "single-sample",
  ],
  budgets: { unit: "samples", amounts: [80, 100, 120], scope: "batch" },
  batch: { size: 5 },
  // The paper's batch sizes, 3 to 20 (second-hand), on one pool: 90 explored, up to 600 more for one problem of twenty, and 240 of uniform
  // allocation that share none with them.
  allocation: { batchSizes: [3, 5, 10, 15, 20] },
  poolSize: 930,
});
