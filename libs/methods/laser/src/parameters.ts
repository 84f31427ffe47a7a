import { z } from "zod";

export const laserParameters = z
  .strictObject({
    /**
     * How the reward model of a problem is found. Learned: `linucb` (by the prompt), `exp3` (without it). Not learned: `random`,
     * `round-robin` (in turn, by a hash of the problem's id), `single` (see `model`), and the two that pay for all reward models:
     * `standardised-mean` (of their standardised scores) and `rank-agreement` (of their rankings).
     */
    policy: z
      .enum(["linucb", "exp3", "random", "round-robin", "single", "standardised-mean", "rank-agreement"])
      .default("linucb"),
    /** What a choice earns while learning: the grade of the answer, whether it is the majority's, or its mean log-probability. */
    signal: z.enum(["labelled", "agreement", "log-probability"]).default("labelled"),
    /** Weight of the uncertainty of `linucb` while learning. */
    alpha: z.number().nonnegative().default(0.1),
    /** What `linucb` takes an unknown reward model for: as good as the `mean` so far, or, as published, worth `zero`. */
    prior: z.enum(["mean", "zero"]).default("mean"),
    /** Share of pure exploration of `exp3` while learning; `horizon`: what theory gives for the number of labelled problems. */
    gamma: z.union([z.literal("horizon"), z.number().positive().max(1)]).default("horizon"),
    /** Length that prompt embeddings are projected to, if they are longer. */
    dimension: z.number().int().positive().default(32),
    /** Whether the mean embedding of the labelled problems is subtracted first. */
    centred: z.boolean().default(false),
    /** Whether it goes on learning while it decides, from problem to problem of one batch. */
    online: z.boolean().default(false),
    /** The reward model of `single`; left out: the one that earned most on the labelled problems. */
    model: z.string().optional(),
    /** Whether every reward model is asked while learning, which is paid for, so that the curve of regret can be drawn. */
    regret: z.boolean().default(false),
  })
  .refine(({ online, signal }) => !(online && signal === "labelled"), {
    path: ["online"],
    message: "there are no labels to learn from while deciding; choose the signal agreement or log-probability",
  })
  .refine(({ online, policy }) => !online || policy === "linucb" || policy === "exp3", {
    path: ["online"],
    message: "only linucb and exp3 learn",
  })
  .refine(({ model, policy }) => model === undefined || policy === "single", {
    path: ["model"],
    message: "model names the reward model of policy: single",
  });

export type LaserParameters = z.infer<typeof laserParameters>;

/** Whether it needs labelled problems: to learn, or to find the best single reward model. */
export function learnsFromLabels({ policy, model }: LaserParameters): boolean {
  return isLearned(policy) || (policy === "single" && model === undefined);
}

export function isLearned(policy: LaserParameters["policy"]): boolean {
  return policy === "linucb" || policy === "exp3";
}
