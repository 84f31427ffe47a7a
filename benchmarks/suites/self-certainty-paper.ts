import { defineSuite } from "@touchstone/evaluation";

/**
 * All of it is [P], read in the paper: model, temperature, top-p, N, five repetitions, measures, Borda exponents and the outcome reward
 * model by its short name; its repository on the hub is [M], recalled. Ours: the cap on responses, and the prompts (the paper asks
 * for answers in JSON). LiveBench-Math, CRUXEval-O and LiveCodeBench are not here; MATH-500 stands for the MATH test split.
 */
export default defineSuite({
  name: "self-certainty-paper",
  description:
    "Self-certainty: Llama-3.1-8B-Instruct at T = .6 and top-p .9 on GSM8K and MATH-500, N from 4 to 64, five repetitions.",
  datasets: [
    { name: "gsm8k", split: "test" },
    { name: "math500", split: "test" },
  ],
  models: ["meta-llama/Llama-3.1-8B-Instruct"],
  rewardModels: ["Ray2333/GRM-Llama3.2-3B-rewardmodel-ft"],
  decodings: [{ temperature: 0.6, topP: 0.9, maxTokens: 2048 }],
  methods: [
    "single-sample",
    "greedy",
    "majority-vote",
    "best-of-n",
    "self-certainty",
    ...["perplexity", "entropy", "gini", "distributional-perplexity"].map((measure) => ({
      name: "self-certainty",
      parameters: { measure },
    })),
    ...[0.3, 0.7, 1.2, 2].map((p) => ({ name: "self-certainty", parameters: { use: "borda", p } })),
  ],
  budgets: { unit: "samples", amounts: [4, 8, 16, 32, 64] },
  seeds: [0, 1, 2, 3, 4],
  // 64 samples and nested subsets, as there: the point at 64 is one subset, and flagged.
  poolSize: 64,
});
