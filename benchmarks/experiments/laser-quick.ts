import { defineLaserExperiment } from "@touchstone/experiments/laser";
import whole from "./laser.ts";

/** Whether everything works; too small to say which rule is better. */
export default defineLaserExperiment({
  ...whole,
  name: "laser-quick",
  description: "The experiment laser at a fraction of its size: smoke, no verdict.",
  smoke: true,
  rules: ["laser", "sequential", "score-ensemble"],
  seeds: [1],
  noise: { deviation: 0.3, rules: ["laser", "sequential"] },
  training: { iterations: 4, steps: 2, prompts: 8, rates: [0.0003] },
  validation: { problems: 24 },
  evaluation: { problems: 16, bestOf: { samples: 32, problems: 16 } },
});
