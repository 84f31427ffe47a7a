import { defineSelector } from "@touchstone/core";
import { massOnClasses, modes, standing } from "@touchstone/stats";
import { z } from "zod";
import { confidenceOf } from "./confidence.ts";

const parameters = z
  .strictObject({
    /** How a response's confidence is made of its tokens'. */
    measure: z.enum(["mean", "tail", "bottom-windows", "lowest-window"]).default("bottom-windows"),
    /** Tokens of a window, and of the tail; a response shorter than that is one window. */
    window: z.number().int().positive().default(2048),
    /** Share of the responses with an answer that may vote, the most confident first: 0.1 and 0.9 are the paper's. */
    keep: z.number().positive().max(1).default(0.9),
    /** What a vote weighs: the confidence, its softmax (CISC), or 1. */
    weights: z.enum(["confidence", "softmax", "equal"]).default("confidence"),
    /** Temperature of `softmax`. */
    temperature: z.number().positive().default(1),
    /** Which sample of the winning answer is returned: any of its voters alike, or the most confident. */
    representative: z.enum(["uniform", "most-confident"]).default("uniform"),
  })
  .refine((given) => given.weights === "softmax" || given.temperature === 1, {
    path: ["temperature"],
    message: "temperature belongs to weights: softmax; the others have none",
  });

/**
 * Confidence-weighted vote (DeepConf, Fu et al. 2025; softmax weights: CISC, Taubenfeld et al. 2025). Of the responses with an answer and a
 * recorded confidence the surest are kept, and each votes with its confidence. At the edge of what is kept ties stay. Abstains
 * where nothing votes.
 */
export const confidenceVote = defineSelector({
  name: "confidence-vote",
  summary: "A vote weighted and filtered by token confidence (DeepConf, CISC).",
  reference: {
    title: "Deep Think with Confidence",
    authors: "Fu et al.",
    year: 2025,
    source: "arXiv:2508.15260",
  },
  needs: { rewards: "none", answers: true, tokenStatistics: true, distributions: true },
  parameters,
  search: {
    knobs: {
      keep: { scale: "choice", values: [0.1, 0.5, 0.9, 1] },
      window: { scale: "choice", values: [8, 32, 128, 2048] },
    },
  },

  select(drawn, { measure, window, keep, weights, temperature, representative }) {
    const { answers } = drawn;
    const confidence = new Float64Array(drawn.size).fill(Number.NaN);
    for (let i = 0; i < drawn.size; i++) {
      if (answers[i]! >= 0) confidence[i] = confidenceOf(drawn.statistics(i).topConfidence, measure, window);
    }
    const { counted, above } = standing(confidence);
    if (counted === 0)
      return { kind: "abstained", reason: "no sample has a parsable answer and a recorded confidence" };

    const kept = keptCount(counted, keep);
    const votes = (i: number) => above[i]! >= 0 && above[i]! < kept;
    const highest = confidence.reduce((best, value) => (value > best ? value : best), Number.NEGATIVE_INFINITY);
    const weight = {
      confidence: (i: number) => confidence[i]!,
      softmax: (i: number) => Math.exp((confidence[i]! - highest) / temperature),
      equal: () => 1,
    }[weights];
    const { classes, share } = modes(answers, votes, weight);
    return {
      kind: "selected",
      weights: massOnClasses(answers, votes, classes, representative === "most-confident" ? confidence : undefined),
      diagnostics: { winning_share: share, tied_answers: classes.size, kept_share: kept / counted },
    };
  },
});

/** How many are at or above the (1 − keep) quantile by linear interpolation, as the published code filters. At least 1. */
function keptCount(counted: number, keep: number): number {
  // A product such as 10 · 0.9 may miss its whole number by rounding.
  return counted - Math.ceil((counted - 1) * (1 - keep) - 1e-9);
}
