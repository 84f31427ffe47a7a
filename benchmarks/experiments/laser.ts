import { defineLaserExperiment } from "@touchstone/experiments/laser";

/** Which reward model teaches each batch: LASeR's bandits and what they are compared with, with and without noise on the scores. */
export default defineLaserExperiment({
  kind: "laser",
  name: "laser",
  description:
    "A policy trained on preference pairs by LASeR's bandits over four reward models, by one, any or one after the other of them, and by ensembles that pay for all; some also under noise.",
  dataset: "instruct",
  policy: "instruct",
  rewardModels: ["instruct-format", "instruct-words", "instruct-plain", "instruct-long"],
  seeds: [1, 2, 3, 4, 5],
  noise: { deviation: 0.3, rules: ["laser", "laser-exp3", "sequential"] },
  training: { iterations: 10, steps: 5 },
  evaluation: { bestOf: { samples: 32, problems: 81 } },
});
