import { defineSuite } from "@touchstone/evaluation";

/**
 * FLOPs of one sample with its reward by the reference code's own count: 2 × 8e9 parameters × 500 tokens, once to draw and once to
 * score.
 */
const SAMPLE = 2 * (2 * 8e9 * 500);

/**
 * Marks: [C] reference code read (goncalorafaria/qalign @39b1df5); [R] second-hand, by reviews of the paper; ours: no source says.
 * Models, reward model, β, steps, temperature, cap on responses, prompts, answer rules and 128 problems are [C]; N = 1,024 in the
 * paper's first table is [R]; the grid of budgets between is ours. The reward model's logit is clipped to ±40 there, and not here.
 */
export default defineSuite({
  name: "qalign-paper",
  description:
    "QAlign's general alignment: Tülu-3-8B-SFT with its reward model on 128 problems of five sets, up to the FLOPs of best-of-1,024.",
  datasets: [
    { name: "math500", split: "test", limit: 128 },
    { name: "gsm8k", split: "test", limit: 128 },
    { name: "ifeval-loose", split: "test", limit: 128 },
    { name: "mmlu-redux", split: "test", limit: 128 },
    { name: "truthfulqa", split: "test", limit: 128 },
  ],
  models: ["allenai/Llama-3.1-Tulu-3-8B-SFT"],
  rewardModels: ["allenai/Llama-3.1-Tulu-3-8B-RM"],
  decodings: [{ temperature: 1, maxTokens: 800 }],
  methods: [
    "single-sample",
    // Unparsable answers vote [C].
    { name: "majority-vote", parameters: { unparsable: "vote" } },
    "best-of-n",
    { name: "weighted-vote", parameters: { beta: 1, unparsable: "vote" } },
    "mbr",
    { name: "qalign", parameters: { beta: 0.5, unparsable: "vote" } },
    // The same chains on open-ended requests [C].
    { name: "qalign", parameters: { beta: 0.5, answer: "mbr" } },
  ],
  budgets: { unit: "flops", amounts: [4, 16, 64, 256, 1024].map((samples) => samples * SAMPLE) },
  poolSize: 1024,
});
