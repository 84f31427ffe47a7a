import { defineComparison } from "@touchstone/experiments/post-training";
import whole from "./post-training.ts";

/** Four prefixes do not fit into a group of 8. */
const large = { rollouts: [16, 32] };

/** Every estimator with 5 seeds at every size of the groups: for a larger machine, or nights. */
export default defineComparison({
  ...whole,
  name: "post-training-full",
  description: "The comparison post-training with 8, 16 and 32 rollouts, for best-of-64 and best-of-256, 5 seeds each.",
  worlds: [whole.worlds[0]!],
  rollouts: [8, 16, 32],
  deployed: [64, 256],
  rows: whole.rows.map((row) => ({
    ...row,
    seeds: [0, 1, 2, 3, 4],
    ...("estimator" in row && row.estimator.startsWith("prefix-tea") ? large : {}),
  })),
  tuning: { ...whole.tuning, problems: 100, samples: 512 },
  deployment: { problems: 324, samples: 1024, checkpointSamples: 512 },
});
