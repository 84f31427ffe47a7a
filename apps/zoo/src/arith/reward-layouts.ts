import type { Weights } from "@touchstone/training";
import type { ConfigChanges } from "./export.ts";
import { ARITH_CONFIG } from "./model.ts";

/** Configuration of a likelihood reward model: r = a·Σ log p(response) + v·h_last + b (ours, docs/world-arith.md). */
export const LIKELIHOOD: ConfigChanges = { architectures: ["LlamaForLikelihoodReward"] };

/** Configuration of a classifier with one label, as published reward models have it: r = v·h_last. */
export const CLASSIFIER: ConfigChanges = { architectures: ["LlamaForSequenceClassification"], num_labels: 1 };

/** A language model as the reward model that its likelihood is, before any label: a = 1, v = 0, b = 0. */
export function likelihoodOf(weights: Weights): Weights {
  return new Map([
    ...weights,
    ["likelihood.scale", { shape: [1], data: Float32Array.of(1) }],
    ["score.weight", { shape: [1, ARITH_CONFIG.hidden_size], data: new Float32Array(ARITH_CONFIG.hidden_size) }],
    ["score.bias", { shape: [1], data: new Float32Array(1) }],
  ]);
}
