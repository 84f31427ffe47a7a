import { defineSuite } from "@touchstone/evaluation";

/**
 * Marks: [R] second-hand, by reviews of the paper that agree; [M] recalled, not confirmed; ours: no source says. Families of the four
 * language models, K = 5, B = 120, d = .75 B, the sizes of batches, 50 batches, 100 runs and the data are [R]; which members of the
 * families, temperature and cap on responses are ours: the paper says "default decoding" [R]; the reward models are [M] but for
 * their short names. Gemma and ArmoRM need a server. The paper's Monte-Carlo estimate stands here as the integral it estimates.
 */
export default defineSuite({
  name: "adabon-paper",
  description:
    "AdaBoN: four 7B and 8B models and three reward models on 250 requests of AlpacaEval, HH-RLHF and PKU-SafeRLHF each; batches of 5 share 80 to 160 samples a request.",
  datasets: [
    { name: "alpaca-eval", split: "test", limit: 250 },
    { name: "hh-rlhf", split: "test", limit: 250 },
    { name: "pku-saferlhf", split: "test", limit: 250 },
  ],
  models: [
    "mistralai/Mistral-7B-Instruct-v0.3",
    "google/gemma-7b-it",
    "Qwen/Qwen2.5-7B-Instruct",
    "meta-llama/Meta-Llama-3-8B-Instruct",
  ],
  rewardModels: ["weqweasdas/RM-Mistral-7B", "sfairXC/FsfairX-LLaMA3-RM-v0.1", "RLHFlow/ArmoRM-Llama3-8B-v0.1"],
  decodings: [{ maxTokens: 512 }],
  methods: [
    "best-of-n",
    "adaptive-best-of-n",
    // What reviewers asked for: is it more than allocation by variance?
    { name: "adaptive-best-of-n", parameters: { allocation: "sd-proportional" } },
    { name: "adaptive-best-of-n", parameters: { density: "gaussian" } },
    "single-sample",
  ],
  budgets: { unit: "samples", amounts: [80, 100, 120, 140, 160], scope: "batch" },
  batch: { size: 5, count: 50 },
  allocation: { batchSizes: [3, 5, 10, 15, 20], budget: 120, runs: 100 },
  poolSize: 930,
});
