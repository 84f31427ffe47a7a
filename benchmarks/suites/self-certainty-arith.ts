import { defineSuite } from "@touchstone/evaluation";

export default defineSuite({
  name: "self-certainty-arith",
  description:
    "Self-certainty's comparison on arith with the paper's decoding (T = .6, top-p .9) and N from 4 to 64. The paper has 8B models on mathematics and code; its other measures and Borda exponents are as in its tables.",
  datasets: [{ name: "arith", split: "test" }],
  models: ["arith"],
  decodings: [{ temperature: 0.6, topP: 0.9 }],
  methods: [
    "single-sample",
    "greedy",
    "majority-vote",
    "self-certainty",
    ...["perplexity", "entropy", "gini", "distributional-perplexity"].map((measure) => ({
      name: "self-certainty",
      parameters: { measure },
    })),
    ...[0.3, 0.7, 1.2, 2].map((p) => ({ name: "self-certainty", parameters: { use: "borda", p } })),
  ],
  budgets: { unit: "samples", amounts: [4, 8, 16, 32, 64] },
  poolSize: 256,
});
