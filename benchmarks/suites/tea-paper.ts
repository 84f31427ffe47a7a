import { defineSuite } from "@touchstone/evaluation";

/**
 * All of it is second-hand [notes of a reader of the paper]: policies, reward models, data, N up to 256; 250 requests is inferred from a
 * third party's table. Temperature and cap on responses are ours: no source says. What the paper compares are policies trained
 * by its estimators: train them, and name their folders (`--model`) beside the ones here, which are where training begins.
 */
export default defineSuite({
  name: "tea-paper",
  description:
    "TEA's deployment: best-of-N up to 256 of three policies under two Skywork reward models on UltraFeedback and HH-RLHF helpful.",
  datasets: [
    { name: "ultrafeedback", split: "test", limit: 250 },
    { name: "hh-rlhf-helpful", split: "test", limit: 250 },
  ],
  models: ["meta-llama/Llama-3.2-1B-Instruct", "meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen3-4B-Instruct-2507"],
  rewardModels: ["Skywork/Skywork-Reward-V2-Llama-3.1-8B", "Skywork/Skywork-Reward-V2-Qwen3-8B"],
  decodings: [{ maxTokens: 1024 }],
  methods: ["single-sample", "best-of-n"],
  budgets: { unit: "samples", amounts: [1, 2, 4, 8, 16, 32, 64, 128, 256] },
  poolSize: 1024,
});
