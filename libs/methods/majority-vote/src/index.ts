import { defineSelector } from "@touchstone/core";
import { massOnClasses, modes } from "@touchstone/stats";
import { z } from "zod";

const parameters = z.strictObject({
  /** Whether unparsable responses are an answer of their own (`vote`) or stay out of the count. */
  unparsable: z.enum(["ignore", "vote"]).default("ignore"),
  /** Which sample of the winning answer is returned: any of them alike, or the one of highest log-probability. */
  representative: z.enum(["uniform", "most-probable"]).default("uniform"),
});

/**
 * Majority vote (self-consistency): argmax_a #{i : a_i = a}. Answers of the same count share the mass equally, and so do the
 * samples of an answer unless `representative` names one. Abstains where nothing votes.
 */
export const majorityVote = defineSelector({
  name: "majority-vote",
  summary: "The most frequent answer among the drawn samples.",
  reference: {
    title: "Self-Consistency Improves Chain of Thought Reasoning in Language Models",
    authors: "Wang et al.",
    year: 2022,
    source: "arXiv:2203.11171",
  },
  needs: {
    rewards: "none",
    answers: true,
    logProbabilities: ({ representative }: z.infer<typeof parameters>) => representative === "most-probable",
  },
  parameters,

  select(drawn, { unparsable, representative }) {
    const { answers } = drawn;
    const votes = (i: number) => unparsable === "vote" || answers[i]! >= 0;
    const { classes, share } = modes(answers, votes);
    if (classes.size === 0) return { kind: "abstained", reason: "no sample has a parsable answer" };
    const score = representative === "most-probable" ? drawn.logProbability : undefined;
    return {
      kind: "selected",
      weights: massOnClasses(answers, votes, classes, score),
      diagnostics: { winning_share: share, tied_answers: classes.size },
    };
  },
});
