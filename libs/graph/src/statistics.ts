import { TOP_CONFIDENCE_TOKENS } from "@touchstone/core";
import type { GraphBuilder, Value } from "./onnx.ts";

/** Outputs that describe the whole distribution a token was drawn from, in the order in which graphs hand them out. */
export const measureNames = ["entropy", "self_certainty", "gini", "top_confidence"] as const;

/** Statistics of tokens at temperature 1, each [..., 1]. */
export interface Statistics {
  readonly logProbability: Value;
  /** In the order of {@link measureNames}; empty where they were not asked for. */
  readonly measures: readonly Value[];
}

/**
 * Log-probability of the token and, with `all`, the measures of the full softmax at temperature 1, in nats, float32: see
 * {@link distributionMeasures}.
 * @param logits [..., V] @param tokens int32 [..., 1]
 */
export function tokenStatistics(
  b: GraphBuilder,
  logits: Value,
  tokens: Value,
  options: { readonly vocabularySize: number; readonly all: boolean },
): Statistics {
  const logProbabilities = b.op("LogSoftmax", [logits], { axis: -1 });
  return {
    logProbability: b.op("GatherElements", [logProbabilities, tokens], { axis: -1 }),
    measures: options.all ? distributionMeasures(b, logProbabilities, options.vocabularySize) : [],
  };
}

/**
 * Entropy −Σ p log p.
 * Self-certainty logsumexp(ℓ) − mean(ℓ) − log V = −mean(log p) − log V, the divergence KL(uniform ‖ p)
 * (Kang et al. 2025, "Scalable Best-of-N Selection via Self-Certainty").
 * Gini concentration Σ p².
 * Top confidence −(1/k) Σ log p over the k = min(20, V) most probable tokens (Fu et al. 2025, "Deep Think with Confidence").
 * @param logProbabilities [..., V]
 * @returns [..., 1] each, in the order of {@link measureNames}
 */
export function distributionMeasures(b: GraphBuilder, logProbabilities: Value, vocabularySize: number): Value[] {
  const last = b.int64([-1]);
  const probabilities = b.op("Exp", [logProbabilities]);
  const entropy = b.op("Neg", [b.op("ReduceSum", [b.op("Mul", [probabilities, logProbabilities]), last])]);
  const mean = b.op("ReduceMean", [logProbabilities, last]);
  const gini = b.op("ReduceSum", [b.op("Mul", [probabilities, probabilities]), last]);
  return [
    entropy,
    b.op("Sub", [b.float(-Math.log(vocabularySize)), mean]),
    gini,
    b.op("Neg", [vocabularySize <= TOP_CONFIDENCE_TOKENS ? mean : meanOfLargest(b, logProbabilities)]),
  ];
}

function meanOfLargest(b: GraphBuilder, logProbabilities: Value): Value {
  const [largest = ""] = b.ops("TopK", [logProbabilities, b.int64([TOP_CONFIDENCE_TOKENS])], 2, {
    axis: -1,
    largest: 1,
    sorted: 0,
  });
  return b.op("ReduceMean", [largest, b.int64([-1])]);
}
