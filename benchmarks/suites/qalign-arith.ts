import { defineSuite } from "@touchstone/evaluation";

/** The paper's β of .5 is in units of its own reward model; here it is shown as it is and in standard deviations. */
export default defineSuite({
  name: "qalign-arith",
  description:
    "QAlign's comparison on arith at equal tokens: chains of 256 steps on 128 problems. The paper has 8B models, chains of 1,024 steps and five data sets; DPO needs training and is left out.",
  datasets: [{ name: "arith", split: "test", limit: 128 }],
  models: ["arith"],
  rewardModels: ["arith-good", "arith-small", "arith-blind"],
  methods: [
    "single-sample",
    "majority-vote",
    "best-of-n",
    "weighted-vote",
    { name: "mbr", parameters: {} },
    "qalign",
    { name: "qalign", parameters: { beta: 1, unit: "sd" } },
    // The control that reviewers asked for: cut, regenerate, keep the better.
    { name: "qalign", parameters: { accept: "better", answer: "best" } },
  ],
  // The tokens of 16, 64 and 256 steps on this world.
  budgets: { unit: "tokens", amounts: [1_100, 4_250, 17_000] },
  poolSize: 1024,
});
