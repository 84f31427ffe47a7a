import { defineSelector } from "@touchstone/core";
import { massOnClasses, modes, standing } from "@touchstone/stats";
import { z } from "zod";
import { adaptiveM, bestOfMChances } from "./bootstrap.ts";

const parameters = z.strictObject({
  /** How many samples each best is taken from: a number, `sqrt` for ⌊√N⌋, or the `adaptive` rule. */
  m: z.union([z.number().int().positive(), z.enum(["sqrt", "adaptive"])]).default("sqrt"),
  /** Whether unparsable responses are an answer of their own (`vote`) or are left out before anything is drawn. */
  unparsable: z.enum(["ignore", "vote"]).default("ignore"),
  /** Which sample of the winning answer is returned: any of them alike, or the one of highest reward. */
  representative: z.enum(["uniform", "highest-reward"]).default("uniform"),
});

/**
 * Majority-of-the-Bests (Rakhsha et al. 2025): the answer that is most often the best of m when m samples are drawn with replacement from
 * the N, computed in closed form. m = 1 is majority vote; as m grows it becomes the answer of best-of-n. Equal rewards and
 * equal answers share; a failed reward takes no part. Abstains where nothing does.
 */
export const majorityOfTheBests = defineSelector({
  name: "majority-of-the-bests",
  summary: "The answer that best-of-m under resampling returns most often.",
  reference: {
    title: "Majority of the Bests: Improving Best-of-N via Bootstrapping",
    authors: "Rakhsha et al.",
    year: 2025,
    source: "arXiv:2511.18630",
  },
  needs: { rewards: "one", answers: true },
  parameters,
  search: { knobs: { m: { scale: "choice", values: ["sqrt", "adaptive", 2, 3, 4, 6, 8, 16] } } },

  select(drawn, { m: given, unparsable, representative }) {
    const { answers } = drawn;
    const rewards = drawn.rewards();
    const votes = (i: number) => !Number.isNaN(rewards[i]!) && (unparsable === "vote" || answers[i]! >= 0);
    const ranks = standing(rewards, votes);
    if (ranks.counted === 0) return { kind: "abstained", reason: "no sample has a parsable answer and a valid reward" };

    const m =
      given === "sqrt"
        ? Math.floor(Math.sqrt(ranks.counted))
        : given === "adaptive"
          ? adaptiveM(ranks, answers)
          : given;
    const chances = bestOfMChances(ranks, m, new Float64Array(drawn.size));
    const { classes, share } = modes(answers, votes, (i) => chances[i]!);
    return {
      kind: "selected",
      weights: massOnClasses(answers, votes, classes, representative === "highest-reward" ? rewards : undefined),
      diagnostics: { winning_share: share, tied_answers: classes.size, m },
    };
  },
});
