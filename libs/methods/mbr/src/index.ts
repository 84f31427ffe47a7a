import { defineSelector } from "@touchstone/core";
import { massOnHighest, meanSimilarities } from "@touchstone/stats";
import { z } from "zod";

const parameters = z.strictObject({
  /** How alike two responses are: overlap of words, or whether their answers are equal. */
  similarity: z.enum(["rouge-1", "equality"]).default("rouge-1"),
});

/**
 * Minimum Bayes risk: argmax_i (1/N) Σ_j u(y_i, y_j), the response most like all responses drawn, itself included. Equal means
 * share the mass. With `equality` it is majority vote, where an unparsable response is an answer of its own.
 */
export const mbr = defineSelector({
  name: "mbr",
  summary: "The response most like the others (minimum Bayes risk).",
  reference: {
    title: "Minimum Bayes-Risk Decoding for Statistical Machine Translation",
    authors: "Kumar and Byrne",
    year: 2004,
    source: "https://aclanthology.org/N04-1022/",
  },
  needs: { rewards: "none", answers: false },
  parameters,

  select(drawn, { similarity }) {
    const means = meanSimilarities(drawn.size, drawn.similarity(similarity));
    const highest = massOnHighest(means);
    if (!highest) return { kind: "abstained", reason: "no sample was drawn" };
    return {
      kind: "selected",
      weights: highest.weights,
      diagnostics: { mean_similarity: Math.max(...means), tied_samples: highest.tied },
    };
  },
});
