import { defineProcedure } from "@touchstone/core";
import { z } from "zod";
import { answerOf } from "./answer.ts";
import { CHAIN_PARAMETERS, continues } from "./parameters.ts";
import { sharpened } from "./target.ts";
import { walk, type WalkOptions } from "./walk.ts";

/**
 * Power sampling: Metropolis-Hastings towards p₁(y)^α without a reward model, p₁ the model's law at temperature 1. Proposals are
 * drawn at temperature 1/α and accepted with min{1, exp(α·Δ log p₁ − Δ log q)·(U + 1)/(U′ + 1)}. Answers with the last state.
 */
export const powerSampling = defineProcedure({
  name: "power-sampling",
  summary: "A chain of redrawn suffixes towards the policy's own law to the power α; its last state.",
  reference: {
    title: "Reasoning with Sampling: Your Base Model is Smarter Than You Think",
    authors: "Karan and Du",
    year: 2025,
    source: "arXiv:2510.14901",
  },
  needs: { rewards: "none", answers: true, tokenStatistics: true, logProbabilities: true, continues },
  parameters: z.strictObject({
    ...CHAIN_PARAMETERS,
    alpha: z.number().min(1).default(4),
    /** Temperature of first draws and proposals; 1/α where left out. */
    proposalTemperature: z.number().positive().optional(),
    accept: z.enum(["exact", "reference"]).default("exact"),
    answer: z.enum(["majority", "mbr", "last"]).default("last"),
    /** Tokens of a block; 0: the whole response at once. */
    blockTokens: z.number().int().min(0).default(0),
    blockSteps: z.number().int().min(0).default(10),
  }),
  search: { knobs: { alpha: { scale: "log", from: 1, to: 8 } } },

  async decide(problems, access, parameters) {
    const { kernel, accept: rule, alpha, proposalTemperature: temperature = 1 / alpha } = parameters;
    const options: WalkOptions = {
      acceptance: { kernel, rule, logRatio: sharpened(alpha), referenceCountsCuts: false },
      rewards: false,
      value: ({ drawn }) => drawn.logProbability,
    };
    const chains = await walk(
      problems,
      access,
      kernel === "independence"
        ? options
        : {
            ...options,
            proposal: { temperature, topK: 0, topP: 1 },
            ...(parameters.blockTokens > 0
              ? { blocks: { tokens: parameters.blockTokens, steps: parameters.blockSteps } }
              : {}),
          },
    );
    return chains.map((chain) => answerOf(chain, parameters, "final_log_probability"));
  },
});
