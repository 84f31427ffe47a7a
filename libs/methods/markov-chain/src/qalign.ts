import { defineProcedure } from "@touchstone/core";
import { z } from "zod";
import { answerOf } from "./answer.ts";
import { BETA_SEARCH, betaOf, CHAIN_PARAMETERS, continues, REWARD_PARAMETERS } from "./parameters.ts";
import { tilted } from "./target.ts";
import { walk } from "./walk.ts";

/**
 * QAlign: Metropolis-Hastings towards π(y) ∝ p(y)·exp(r(y)/β). A proposal keeps the first units of the state, cut uniformly, and
 * draws the rest again; it is accepted with min{1, exp(Δr/β)·(U + 1)/(U′ + 1)}. Answers by majority over the states.
 */
export const qalign = defineProcedure({
  name: "qalign",
  summary: "A chain of redrawn suffixes towards p·exp(r/β); the majority of its states.",
  reference: {
    title: "Sample, Don't Search: Rethinking Test-Time Alignment for Language Models",
    authors: "Faria and Smith",
    year: 2025,
    source: "arXiv:2504.03790",
  },
  needs: { rewards: "one", answers: true, continues },
  parameters: z.strictObject({
    ...CHAIN_PARAMETERS,
    ...REWARD_PARAMETERS,
    beta: REWARD_PARAMETERS.beta.default(0.5),
  }),
  search: BETA_SEARCH,

  async decide(problems, access, parameters) {
    const { kernel, accept: rule } = parameters;
    const chains = await walk(problems, access, {
      acceptance: { kernel, rule, logRatio: tilted(betaOf(parameters, access)) },
      rewards: true,
      value: ({ reward }) => reward,
    });
    return chains.map((chain) => answerOf(chain, parameters, "final_reward"));
  },
});
