import { defineSelector } from "@touchstone/core";
import { massOnClasses, massOnHighest, modes, standing } from "@touchstone/stats";
import { z } from "zod";
import { bordaVotes, heuristicExponent } from "./borda.ts";
import { measureOf, MEASURES, readsDrawnTokens, readsTokens, referenceSelfCertainty } from "./measures.ts";

const parameters = z
  .strictObject({
    /** The surest response itself, or Borda voting by how sure each is. */
    use: z.enum(["maximum", "borda"]).default("maximum"),
    /** Exponent of Borda's votes; `heuristic` is the authors' rule of thumb by the number of samples. */
    p: z.union([z.number().nonnegative(), z.literal("heuristic")]).default("heuristic"),
    /** What stands for certainty; see `measureOf`. */
    measure: z.enum(MEASURES).default("self-certainty"),
    /** `reference` repeats the off-by-one of the published code; one more forward pass over every response. */
    mode: z.enum(["exact", "reference"]).default("exact"),
    /** Which sample of Borda's answer is returned: any of its voters alike, or the surest. */
    representative: z.enum(["uniform", "surest"]).default("uniform"),
  })
  .refine((given) => given.use === "borda" || given.p === "heuristic", {
    path: ["p"],
    message: "p is the exponent of use: borda; the maximum has none",
  })
  .refine((given) => given.use === "borda" || given.representative === "uniform", {
    path: ["representative"],
    message: "a representative stands for the answer of use: borda; the maximum is a sample already",
  })
  .refine((given) => given.measure === "self-certainty" || given.mode === "exact", {
    path: ["mode"],
    message: "mode: reference repeats the published computation of measure: self-certainty and of no other",
  });

type Parameters = z.infer<typeof parameters>;

/**
 * Self-certainty (Kang et al. 2025). `maximum`: the response of the highest measure among those with an extractable answer.
 * `borda`: all responses are ranked by the measure, unparsable ones too, and those with an answer vote for it with
 * v(r) = (N − r + 1)^p. Ties share; a response whose measure is NaN is neither ranked nor returned. Abstains where no
 * response has both an answer and a measure.
 */
export const selfCertainty = defineSelector<Parameters>({
  name: "self-certainty",
  summary: "The response, or the Borda vote, that the model itself is surest of.",
  reference: {
    title: "Scalable Best-of-N Selection for Large Language Models via Self-Certainty",
    authors: "Kang et al.",
    year: 2025,
    source: "arXiv:2502.18581",
  },
  needs: {
    rewards: "none",
    answers: true,
    tokenStatistics: ({ measure, mode }: Parameters) => readsTokens(measure) || mode === "reference",
    logProbabilities: ({ measure }: Parameters) => readsDrawnTokens(measure),
    distributions: ({ measure }: Parameters) => !readsDrawnTokens(measure),
    afterLast: ({ mode }: Parameters) => mode === "reference",
  },
  parameters,
  search: { knobs: { p: { scale: "linear", from: 0, to: 2 } }, fixed: { use: "borda" } },

  select(drawn, { use, p, measure, mode, representative }) {
    const { answers } = drawn;
    const certainty = mode === "reference" ? referenceSelfCertainty(drawn) : measureOf(drawn, measure);
    const casts = (i: number) => answers[i]! >= 0 && !Number.isNaN(certainty[i]!);
    if (use === "maximum") {
      const highest = massOnHighest(certainty.map((value, i) => (casts(i) ? value : Number.NaN)));
      if (!highest) return { kind: "abstained", reason: NOTHING };
      return { kind: "selected", weights: highest.weights, diagnostics: { tied_samples: highest.tied } };
    }
    const exponent = p === "heuristic" ? heuristicExponent(drawn.size) : p;
    const votes = bordaVotes(standing(certainty), casts, exponent);
    const { classes, share } = modes(answers, casts, (i) => votes[i]!);
    if (classes.size === 0) return { kind: "abstained", reason: NOTHING };
    return {
      kind: "selected",
      weights: massOnClasses(answers, casts, classes, representative === "surest" ? certainty : undefined),
      diagnostics: { winning_share: share, tied_answers: classes.size },
    };
  },
});

const NOTHING = "no sample has a parsable answer and a recorded certainty";
