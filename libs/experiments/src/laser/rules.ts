import type { BanditOptions } from "./bandit.ts";

/**
 * What decides which of a prompt's responses are preferred. `laser`, `laser-zero-prior` and `laser-exp3`: a bandit picks one reward model for
 * every batch (LinUCB over the batch's mean prompt embedding, which takes an untried reward model to be as good as the mean so far or, as
 * published, to be worth nothing; Exp3 without the embedding). `best`: the one that validation problems favour; `random`: any, anew
 * for every batch; `sequential`: one after the other, the best first, for equal shares of the training. `score-ensemble`: the mean of all
 * standardised scores; `agreement-ensemble`: pairs on which all agree most. The last two pay for every reward model.
 */
export const RULES = [
  "laser",
  "laser-zero-prior",
  "laser-exp3",
  "best",
  "random",
  "sequential",
  "score-ensemble",
  "agreement-ensemble",
] as const;

export type Rule = (typeof RULES)[number];

/** Whether every reward model scores every response. */
export function asksAll(rule: Rule): boolean {
  return rule === "score-ensemble" || rule === "agreement-ensemble";
}

/** The bandit that learns from the loss of every step; undefined where nothing learns. */
export function banditOf(rule: Rule): Pick<BanditOptions, "kind" | "prior"> | undefined {
  switch (rule) {
    case "laser":
      return { kind: "linucb", prior: "mean" };
    case "laser-zero-prior":
      return { kind: "linucb", prior: "zero" };
    case "laser-exp3":
      return { kind: "exp3", prior: "mean" };
    default:
      return undefined;
  }
}

/** Position in `order` of the reward model that sequential training uses at `step` of `steps`: shares as equal as whole steps allow. */
export function sequentialTurn(step: number, steps: number, models: number): number {
  return Math.min(models - 1, Math.floor((step * models) / steps));
}
