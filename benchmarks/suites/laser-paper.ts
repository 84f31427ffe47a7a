import { defineSuite } from "@touchstone/evaluation";

/**
 * Marks: [C] reference code read (duykhuongnguyen/LASeR-MAB @52ea808); [R] second-hand, by reviews; ours: no source says. Language
 * models and data are [R]; reward models, 30 responses, T = .8 and α = .1 are [C]. There the score is the mean log-likelihood under
 * the reward model, which is a chat model; here the same models are asked whether an answer is right (`as=genrm`). Choosing for
 * best-of-n alone is the paper's inference form; the paper trains the policy with the choice. MMLU, LongBench and WildChat are left out:
 * the bandit learns from graded problems of a train split, and what is here of the first two has none; WildChat has no gold.
 */
export default defineSuite({
  name: "laser-paper",
  description:
    "LASeR at test time: Llama-3-8B and Mistral-7B, four chat models as reward models, best-of-4 to 30 on StrategyQA and GSM8K.",
  datasets: [
    { name: "strategyqa", split: "test" },
    { name: "gsm8k", split: "test" },
  ],
  models: ["meta-llama/Meta-Llama-3-8B-Instruct", "mistralai/Mistral-7B-Instruct-v0.3"],
  rewardModels: [
    "HuggingFaceH4/zephyr-7b-alpha?as=genrm",
    "Qwen/Qwen1.5-7B-Chat?as=genrm",
    "openbmb/Eurus-7b-kto?as=genrm",
    "allenai/OLMo-7B-0724-Instruct-hf?as=genrm",
  ],
  decodings: [{ temperature: 0.8, maxTokens: 512 }],
  methods: [
    "single-sample",
    "best-of-n",
    "laser",
    ...["exp3", "random", "round-robin", "single", "standardised-mean", "rank-agreement"].map((policy) => ({
      name: "laser",
      parameters: { policy },
    })),
  ],
  budgets: { unit: "samples", amounts: [4, 16, 30] },
  poolSize: 120,
  fit: { limit: 400 },
});
