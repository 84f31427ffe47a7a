import { defineSelector } from "@touchstone/core";
import { z } from "zod";
import { pessimism } from "./pessimism.ts";

const parameters = z.strictObject({
  /** Strength of the χ² penalty: towards 0 best-of-n, towards infinity any sample alike. */
  beta: z.number().positive().default(1),
  /** Whether `beta` is in units of the rewards or of their median within-problem standard deviation. */
  unit: z.enum(["raw", "sd"]).default("raw"),
});

/**
 * Inference-time pessimism (Huang et al. 2025) on a bank of samples: sample i is returned with probability w_i/N, w_i = max((r_i − λ)/β, 0),
 * λ such that the weights average to 1. Its weights are that law itself. A failed reward has no weight and is not counted in N;
 * abstains where there is no other.
 */
export const pessimisticBestOfN = defineSelector({
  name: "pessimistic-best-of-n",
  summary: "A draw from rewards cut below a threshold: best-of-n under a chi-squared penalty.",
  reference: {
    title: "Is Best-of-N the Best of Them? Coverage, Scaling, and Optimality in Inference-Time Alignment",
    authors: "Huang et al.",
    year: 2025,
    source: "arXiv:2503.21878",
  },
  needs: { rewards: "one", answers: false },
  parameters,
  search: { knobs: { beta: { scale: "log", from: 0.01, to: 10 } }, fixed: { unit: "sd" } },

  select(drawn, { beta, unit }) {
    const solved = pessimism(drawn.rewards(), unit === "sd" ? beta * drawn.rewardScale() : beta);
    if (!solved) return { kind: "abstained", reason: "no sample has a valid reward" };
    const { weights, valid, kept, lambda } = solved;
    let sum = 0;
    for (const weight of weights) sum += weight;
    for (let i = 0; i < weights.length; i++) weights[i]! /= sum;
    return { kind: "selected", weights, diagnostics: { kept_share: kept / valid, threshold: lambda } };
  },
});
