import type { Stream } from "@touchstone/core";
import type { Exp3 } from "./exp3.ts";
import type { LinUcb } from "./lin-ucb.ts";

/** A bandit over reward models. */
export interface Learner {
  /** The arm to play; `learning` includes what is played only to learn. */
  choose(context: Float64Array, random: Stream, options: { readonly learning: boolean }): number;
  /** Learns a reward in [0, 1]. */
  learn(arm: number, context: Float64Array, reward: number): void;
  /** A copy that learns apart. */
  copy(): Learner;
}

/** LinUCB as a learner: while learning the highest upper bound, afterwards the highest estimate; ties at random. */
export function contextualLearner(alpha: number, bandit: LinUcb): Learner {
  return {
    choose(context, random, { learning }) {
      const scores = bandit.scores(context, learning ? alpha : 0);
      const highest = Math.max(...scores);
      const best = [...scores.keys()].filter((arm) => scores[arm] === highest);
      return best[random.integer(best.length)]!;
    },
    learn: (arm, context, reward) => bandit.learn(arm, context, reward),
    copy: () => contextualLearner(alpha, bandit.copy()),
  };
}

/** Exp3 as a learner, which does not look at contexts. */
export function adversarialLearner(bandit: Exp3): Learner {
  return {
    choose(_, random, options) {
      const law = bandit.law(options);
      const u = random.uniform();
      let cumulative = 0;
      for (const [arm, probability] of law.entries()) {
        cumulative += probability;
        if (u < cumulative) return arm;
      }
      return law.length - 1;
    },
    learn: (arm, _, reward) => bandit.learn(arm, reward),
    copy: () => adversarialLearner(bandit.copy()),
  };
}
