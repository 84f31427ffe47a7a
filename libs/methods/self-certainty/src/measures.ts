import type { DrawnView } from "@touchstone/core";

/** How sure the model was of a response, by its own token distributions; the higher the surer. See `measureOf`. */
export const MEASURES = [
  "self-certainty",
  "average-log-probability",
  "perplexity",
  "entropy",
  "gini",
  "distributional-perplexity",
  "top-confidence",
] as const;

export type Measure = (typeof MEASURES)[number];

/** Measures that are not kept per response and are computed from every token's statistics. */
export function readsTokens(measure: Measure): boolean {
  return measure === "distributional-perplexity" || measure === "top-confidence";
}

/** Measures that the log-probabilities of the drawn tokens tell; all others need whole distributions. */
export function readsDrawnTokens(measure: Measure): boolean {
  return measure === "average-log-probability" || measure === "perplexity";
}

/**
 * The measure of each sample; NaN where its statistics were not recorded. Means are over the tokens of the response, the end
 * token included, of distributions at temperature 1 (Kang et al. 2025, section on confidence measures):
 *
 * - `self-certainty`: KL(U‖p) = −log V − (1/V) Σ_j log p_j
 * - `average-log-probability`: log p of the drawn token; `perplexity`: −exp of minus that mean (the same order of responses)
 * - `entropy`: −H = Σ_j p_j log p_j
 * - `gini`: Σ_j p_j²
 * - `distributional-perplexity`: −exp(H)
 * - `top-confidence`: −(1/k) Σ log p over the k most probable tokens (DeepConf's token confidence, not self-certainty)
 */
export function measureOf(drawn: DrawnView, measure: Measure): Float64Array {
  switch (measure) {
    case "self-certainty":
      return drawn.selfCertainty;
    case "average-log-probability":
      return drawn.logProbability.map((sum, i) => sum / drawn.tokens[i]!);
    case "perplexity":
      return drawn.logProbability.map((sum, i) => -Math.exp(-sum / drawn.tokens[i]!));
    case "entropy":
      return drawn.entropy.map((entropy) => -entropy);
    case "gini":
      return drawn.gini;
    case "distributional-perplexity":
      return meanOverTokens(drawn, (i) => drawn.statistics(i).entropy, negativeExponential);
    case "top-confidence":
      return meanOverTokens(drawn, (i) => drawn.statistics(i).topConfidence, identity);
  }
}

/**
 * Self-certainty as the published script computes it: it slices the logits one position too late, so that the distribution of
 * the first token is dropped and the one after the last token is counted instead.
 */
export function referenceSelfCertainty(drawn: DrawnView): Float64Array {
  const { afterLast } = drawn;
  if (afterLast === undefined) {
    throw new RangeError("mode: reference reads the distribution after the last token, which this view does not have");
  }
  return drawn.selfCertainty.map((mean, i) => {
    const count = drawn.tokens[i]!;
    return mean + (afterLast[i]! - drawn.statistics(i).selfCertainty[0]!) / count;
  });
}

function meanOverTokens(
  drawn: DrawnView,
  valuesOf: (index: number) => Float32Array,
  term: (value: number) => number,
): Float64Array {
  const means = new Float64Array(drawn.size);
  for (let i = 0; i < drawn.size; i++) {
    const values = valuesOf(i);
    let sum = 0;
    for (let t = 0; t < values.length; t++) sum += term(values[t]!);
    means[i] = sum / values.length;
  }
  return means;
}

const negativeExponential = (value: number): number => -Math.exp(value);
const identity = (value: number): number => value;
