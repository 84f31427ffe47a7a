import { defineProcedure } from "@touchstone/core";
import { z } from "zod";
import { answerOf } from "./answer.ts";
import { BETA_SEARCH, betaOf, CHAIN_PARAMETERS, continues, REWARD_PARAMETERS } from "./parameters.ts";
import { gibbs, gibbsOfMeans } from "./target.ts";
import { walk } from "./walk.ts";

/**
 * QUEST: Metropolis-Hastings towards π(y) ∝ exp(r(y)/β), whatever the policy thinks of y. Proposals as in qalign, accepted with
 * min{1, exp(Δr/β)·(U + 1)/(U′ + 1)·p(old suffix)/p(new suffix)}, p the law of decoding. `accept: reference` has the mean
 * log-probability of the suffixes' tokens instead, as the published code.
 */
export const quest = defineProcedure({
  name: "quest",
  summary: "A chain of redrawn suffixes towards exp(r/β) without the policy; the majority of its states.",
  reference: {
    title: "QUEST: Quality-Aware Metropolis-Hastings Sampling for Machine Translation",
    authors: "Faria et al.",
    year: 2024,
    source: "arXiv:2406.00049",
  },
  needs: { rewards: "one", answers: true, tokenStatistics: true, logProbabilities: true, continues },
  parameters: z.strictObject({
    ...CHAIN_PARAMETERS,
    ...REWARD_PARAMETERS,
    beta: REWARD_PARAMETERS.beta.default(0.1),
  }),
  search: BETA_SEARCH,

  async decide(problems, access, parameters) {
    const { kernel, accept: rule } = parameters;
    const beta = betaOf(parameters, access);
    const chains = await walk(problems, access, {
      acceptance: { kernel, rule, logRatio: rule === "reference" ? gibbsOfMeans(beta) : gibbs(beta) },
      rewards: true,
      value: ({ reward }) => reward,
    });
    return chains.map((chain) => answerOf(chain, parameters, "final_reward"));
  },
});
