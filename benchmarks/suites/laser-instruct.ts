import { defineSuite } from "@touchstone/evaluation";

const INSTRUCT = ["instruct-format", "instruct-words", "instruct-plain", "instruct-long"];

export default defineSuite({
  name: "laser-instruct",
  description:
    "LASeR's reward models and baselines at test time on instruct, best-of-n at 4 to 30. The paper trains the policy with the chosen reward model; choosing for best-of-n only is its inference form, and ours in detail.",
  datasets: [{ name: "instruct", split: "test", limit: 400 }],
  models: ["instruct"],
  rewardModels: INSTRUCT,
  decodings: [{ maxTokens: 80 }],
  methods: [
    "single-sample",
    "best-of-n",
    "laser",
    ...["exp3", "random", "round-robin", "single", "standardised-mean", "rank-agreement"].map((policy) => ({
      name: "laser",
      parameters: { policy },
    })),
    { name: "laser", parameters: { signal: "agreement" } },
    { name: "laser", parameters: { signal: "log-probability" } },
  ],
  // 30 responses a prompt are the paper's (second-hand).
  budgets: { unit: "samples", amounts: [4, 16, 30] },
  poolSize: 120,
  fit: { limit: 400 },
});
