import { defineSuite } from "@touchstone/evaluation";

const ARITH = ["arith-good", "arith-small", "arith-blind"];
const INSTRUCT = ["instruct-format", "instruct-words", "instruct-plain", "instruct-long"];

/** The methods that the papers' claims are about, as one table. Verdicts are `./touchstone claims`, each in its own setting. */
export default defineSuite({
  name: "claims",
  description:
    "The selection methods of the papers' claims on the claims' problems, both rows. Verdicts: ./touchstone claims.",
  datasets: [
    { name: "arith", split: "test", limit: 1200, models: ["arith"], rewardModels: ARITH },
    { name: "instruct", split: "test", limit: 400, models: ["instruct"], rewardModels: INSTRUCT },
  ],
  models: ["arith", "instruct"],
  rewardModels: [...ARITH, ...INSTRUCT],
  // Responses of either world have fewer than 60 tokens but for a few of instruct.
  decodings: [{ maxTokens: 80 }],
  methods: [
    "single-sample",
    "majority-vote",
    "best-of-n",
    "weighted-vote",
    "self-certainty",
    { name: "self-certainty", parameters: { measure: "perplexity" } },
    { name: "self-certainty", parameters: { use: "borda" } },
    { name: "self-certainty", parameters: { use: "borda", p: 1.2 } },
    "laser",
    { name: "laser", parameters: { policy: "random" } },
    { name: "laser", parameters: { policy: "standardised-mean" } },
  ],
  budgets: { unit: "samples", amounts: [8, 16, 64] },
  poolSize: 256,
  fit: { limit: 400 },
  tuning: { limit: 200, trials: 8, budget: 64 },
});
