import type { GraphBuilder, Value } from "./onnx.ts";

/** Statistics of tokens at temperature 1, each [..., 1]. */
export interface Statistics {
  readonly logProbability: Value;
  readonly entropy?: Value;
  readonly selfCertainty?: Value;
}

/**
 * Log-probability, entropy and self-certainty under the full softmax at temperature 1, in nats, float32.
 * Self-certainty logsumexp(ℓ) − mean(ℓ) − log V = −mean(log p) − log V is the divergence KL(uniform ‖ p)
 * (Kang et al. 2025, "Scalable Best-of-N Selection via Self-Certainty").
 * @param logits [..., V] @param tokens int32 [..., 1]
 */
export function tokenStatistics(
  b: GraphBuilder,
  logits: Value,
  tokens: Value,
  options: { readonly vocabularySize: number; readonly all: boolean },
): Statistics {
  const logProbabilities = b.op("LogSoftmax", [logits], { axis: -1 });
  const logProbability = b.op("GatherElements", [logProbabilities, tokens], { axis: -1 });
  if (!options.all) return { logProbability };
  const terms = b.op("Mul", [b.op("Exp", [logProbabilities]), logProbabilities]);
  const mean = b.op("ReduceMean", [logProbabilities, b.int64([-1])]);
  return {
    logProbability,
    entropy: b.op("Neg", [b.op("ReduceSum", [terms, b.int64([-1])])]),
    selfCertainty: b.op("Sub", [b.float(-Math.log(options.vocabularySize)), mean]),
  };
}
