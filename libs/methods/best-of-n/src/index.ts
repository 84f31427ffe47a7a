import { defineSelector } from "@touchstone/core";
import { bestOfNWeights } from "@touchstone/stats";
import { z } from "zod";

/**
 * Best-of-n: argmax_i r_i over the draws. Samples of the same highest reward share the mass; a sample whose reward is NaN
 * cannot win; without a valid reward the method abstains. The expectation over subsets is exact (`bestOfNWeights`).
 */
export const bestOfN = defineSelector({
  name: "best-of-n",
  summary: "The drawn sample with the highest reward.",
  reference: {
    title: "WebGPT: Browser-assisted question-answering with human feedback",
    authors: "Nakano et al.",
    year: 2021,
    source: "arXiv:2112.09332",
  },
  needs: { rewards: "one", answers: false },
  parameters: z.strictObject({}),

  select(drawn) {
    const rewards = drawn.rewards();
    let best = Number.NaN;
    let tied = 0;
    for (const reward of rewards) {
      if (Number.isNaN(reward)) continue;
      if (tied === 0 || reward > best) {
        best = reward;
        tied = 1;
      } else if (reward === best) {
        tied++;
      }
    }
    if (tied === 0) return { kind: "abstained", reason: "no sample has a valid reward" };
    const weights = new Float64Array(drawn.size);
    for (let i = 0; i < drawn.size; i++) if (rewards[i] === best) weights[i] = 1 / tied;
    return { kind: "selected", weights, diagnostics: { tied_samples: tied } };
  },

  expectation: (pool, n) => bestOfNWeights(pool.rewards(), n),
});
