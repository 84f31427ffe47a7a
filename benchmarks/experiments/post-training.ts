import { defineComparison } from "@touchstone/experiments/post-training";

const FIVE = [0, 1, 2, 3, 4];

/** Which advantage trains the policy whose best of 64 is best, from 16 rollouts a prompt: at most 5 hours on two cores. */
export default defineComparison({
  kind: "post-training",
  name: "post-training",
  description:
    "Policies trained with 16 rollouts a prompt for a best-of-64 deployment: tea, grpo and max-at-k with 5 seeds each, the others with one (their layout of prefix-tea is our reconstruction).",
  worlds: [
    { dataset: "instruct", policy: "instruct", reward: "instruct-format", second: "instruct-format-b" },
    {
      dataset: "arith",
      policy: "arith",
      reward: "arith-good",
      second: "arith-small",
      rows: ["tea", "grpo", "max-at-k"],
      seeds: [0],
    },
  ],
  rollouts: [16],
  deployed: [64],
  rows: [
    { estimator: "tea", seeds: FIVE },
    { estimator: "grpo", seeds: FIVE },
    { estimator: "max-at-k", seeds: FIVE },
    { estimator: "max-at-k", halfGroup: true },
    { estimator: "prefix-tea" },
    { estimator: "prefix-tea-cross-fitted" },
    { estimator: "order-statistic-extrapolation" },
    { estimator: "rloo" },
    { estimator: "grpo-z" },
    { estimator: "best-of-n-mean" },
    { estimator: "bon-rl" },
    { estimator: "cat-bon" },
    { rival: "dpo" },
    { rival: "best-of-n-distillation" },
  ],
  training: { steps: 120, prompts: 16, checkpoints: 4 },
  // At .003 some policies leave the text that the reward model knows (up to 450 nats a response on validation): docs/log.md.
  tuning: { rates: [0.0001, 0.0003, 0.001] },
  contrasts: [
    ["tea", "grpo"],
    ["prefix-tea", "grpo"],
    ["tea", "max-at-k"],
    ["order-statistic-extrapolation", "tea"],
    ["max-at-k", "grpo"],
    ["dpo", "grpo"],
    ["best-of-n-distillation", "grpo"],
    // For the figure of every row against grpo.
    ["max-at-k, k = m/2", "grpo"],
    ["prefix-tea-cross-fitted", "grpo"],
    ["order-statistic-extrapolation", "grpo"],
    ["rloo", "grpo"],
    ["grpo-z", "grpo"],
    ["best-of-n-mean", "grpo"],
    ["bon-rl", "grpo"],
    ["cat-bon", "grpo"],
  ],
});
