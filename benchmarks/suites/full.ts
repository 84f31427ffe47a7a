import { defineSuite } from "@touchstone/evaluation";

const ARITH = ["arith-good", "arith-small", "arith-blind"];
const INSTRUCT = ["instruct-format", "instruct-words", "instruct-plain", "instruct-long"];

/** What continues responses runs on the models themselves, with one reward model a world. */
const LIVE = ["qalign", "quest", "step-best-of-n", "beam", "dvts", "particle-filtering", "speculative-rejection"];

/**
 * Everything on both worlds, each knob in both rows: a night on two cores, and resumable. `adaptive-best-of-n` shares a budget
 * over a batch, which is another kind of budget: see `adabon-instruct`.
 */
export default defineSuite({
  name: "full",
  description: "All test problems of both worlds, every method in both rows, 1 to 256 samples from pools of 1,024.",
  datasets: [
    { name: "arith", split: "test", models: ["arith"], rewardModels: ARITH },
    { name: "instruct", split: "test", models: ["instruct"], rewardModels: INSTRUCT },
  ],
  models: ["arith", "instruct"],
  rewardModels: [...ARITH, ...INSTRUCT],
  // Responses of either world have fewer than 60 tokens but for a few of instruct.
  decodings: [{ maxTokens: 80 }],
  methods: [
    "single-sample",
    "greedy",
    "majority-vote",
    "best-of-n",
    "weighted-vote",
    { name: "weighted-vote", parameters: { weights: "min-max" } },
    "self-certainty",
    { name: "self-certainty", parameters: { use: "borda" } },
    "confidence-vote",
    "soft-best-of-n",
    "majority-of-the-bests",
    "pessimistic-best-of-n",
    "mbr",
    "mbr-best-of-n",
    "adaptive-consistency",
    "rejection-sampling",
    "best-of-poisson",
    "laser",
    { name: "laser", parameters: { policy: "exp3" } },
    { name: "laser", parameters: { policy: "random" } },
    { name: "laser", parameters: { policy: "standardised-mean" } },
    ...LIVE.map((name) => ({ name, rewardModels: ["arith-good", "instruct-words"] })),
    "power-sampling",
  ],
  budgets: { unit: "samples", amounts: [1, 2, 4, 8, 16, 32, 64, 128, 256] },
  seeds: [0],
  replicates: 200,
  poolSize: 1024,
  tuning: { limit: 200, trials: 8, budget: 64 },
});
