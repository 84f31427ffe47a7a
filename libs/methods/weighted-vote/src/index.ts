import { defineSelector } from "@touchstone/core";
import { massOnClasses, modes } from "@touchstone/stats";
import { z } from "zod";
import { voteWeights } from "./weights.ts";

const parameters = z
  .strictObject({
    /** How a reward becomes the weight of a vote; see `Convention`. */
    weights: z.enum(["softmax", "raw", "min-max"]).default("softmax"),
    /** Temperature of `softmax`. */
    beta: z.number().positive().default(1),
    /** What `beta` is measured in: the rewards' own unit, or their median standard deviation within a problem. */
    unit: z.enum(["raw", "sd"]).default("raw"),
    /** Whether unparsable responses are an answer of their own (`vote`) or stay out of the count. */
    unparsable: z.enum(["ignore", "vote"]).default("ignore"),
    /** Which sample of the winning answer is returned: any of its voters alike, or the one of highest reward. */
    representative: z.enum(["uniform", "highest-reward"]).default("uniform"),
  })
  .refine((given) => given.weights === "softmax" || (given.beta === 1 && given.unit === "raw"), {
    path: ["beta"],
    message: "beta, in its unit, is the temperature of weights: softmax; the other conventions have none",
  });

/**
 * Weighted majority vote: argmax_a Σ_{a_i = a} w(r_i). A sample votes when its answer is parsable and its reward valid; only
 * samples that voted can be returned. Answers of the same weight share the mass equally. Abstains where nothing votes, and where
 * `raw` meets a negative reward.
 */
export const weightedVote = defineSelector({
  name: "weighted-vote",
  summary: "The answer with the largest sum of reward weights.",
  reference: {
    title: "Making Large Language Models Better Reasoners with Step-Aware Verifier",
    authors: "Li et al.",
    year: 2022,
    source: "arXiv:2206.02336",
  },
  needs: { rewards: "one", answers: true },
  parameters,
  search: { knobs: { beta: { scale: "log", from: 0.1, to: 10 } }, fixed: { unit: "sd" } },

  select(drawn, { weights: convention, beta, unit, unparsable, representative }) {
    const { answers } = drawn;
    const rewards = drawn.rewards();
    const votes = (i: number) => !Number.isNaN(rewards[i]!) && (unparsable === "vote" || answers[i]! >= 0);
    const weights = voteWeights(rewards, votes, convention, unit === "sd" ? beta * drawn.rewardScale() : beta);
    if (!weights) return { kind: "abstained", reason: "raw weights need rewards that are not negative" };
    const { classes, share } = modes(answers, votes, (i) => weights[i]!);
    if (classes.size === 0) return { kind: "abstained", reason: "no sample has a parsable answer and a valid reward" };
    return {
      kind: "selected",
      weights: massOnClasses(answers, votes, classes, representative === "highest-reward" ? rewards : undefined),
      diagnostics: { winning_share: share, tied_answers: classes.size },
    };
  },
});
