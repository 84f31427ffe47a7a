import { defineComparison } from "@touchstone/experiments/post-training";
import whole from "./post-training.ts";

/** Whether everything works, in at most 25 minutes; too small to say which estimator is better. */
export default defineComparison({
  ...whole,
  name: "post-training-quick",
  description: "The comparison post-training at a fraction of its size: smoke, no verdict.",
  smoke: true,
  worlds: [whole.worlds[0]!],
  rows: whole.rows
    .filter((row) => !("estimator" in row) || ["tea", "grpo", "max-at-k", "prefix-tea"].includes(row.estimator))
    .filter((row) => !("halfGroup" in row))
    .map(({ seeds: _seeds, ...row }) => row),
  contrasts: [
    ["tea", "grpo"],
    ["prefix-tea", "grpo"],
    ["tea", "max-at-k"],
    ["max-at-k", "grpo"],
    ["dpo", "grpo"],
    ["best-of-n-distillation", "grpo"],
  ],
  training: { steps: 24, prompts: 8, checkpoints: 2 },
  tuning: { rates: [0.0003, 0.001], problems: 24, samples: 64 },
  deployment: { problems: 36, samples: 256, checkpointSamples: 64 },
});
