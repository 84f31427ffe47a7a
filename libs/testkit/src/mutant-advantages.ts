import { defineAdvantageEstimator, type AdvantageEstimator } from "@touchstone/core";
import { z } from "zod";
import type { AdvantageLaw } from "./advantage-contract.ts";

/** An estimator with one fault, and the laws that must catch it (others may break as well). */
export interface MutantAdvantages {
  readonly fault: string;
  readonly estimator: AdvantageEstimator;
  readonly breaks: readonly AdvantageLaw[];
}

/** Centred rewards over m, from which every mutant differs in one thing; the contract must accept it. */
export const faultlessAdvantages: AdvantageEstimator = defineAdvantageEstimator({
  name: "faultless",
  summary: "Centred rewards.",
  reference: { title: "Mutants of centred rewards", authors: "ours", year: 2026 },
  provenance: "ours",
  degree: 1,
  exchangeable: true,
  parameters: z.strictObject({}),
  least: 2,
  prepare: (size) => ({ used: {}, warnings: [], settings: size }),
  compute: centred,
});

const right = (rewards: Float64Array, options: object) =>
  faultlessAdvantages.advantages(rewards, options as { readonly n: number });

const mutant = (
  fault: string,
  breaks: readonly AdvantageLaw[],
  change: Partial<AdvantageEstimator>,
): MutantAdvantages => ({ fault, breaks, estimator: { ...faultlessAdvantages, ...change } });

/** Differs in what it computes from valid rewards. */
const miscomputes = (
  fault: string,
  breaks: readonly AdvantageLaw[],
  compute: (rewards: Float64Array) => Float64Array,
) =>
  mutant(fault, breaks, {
    advantages: (rewards, options) => {
      right(rewards, options);
      return compute(rewards);
    },
  });

let calls = 0;
const reused = new Float64Array(1024);

export const MUTANT_ADVANTAGES: readonly MutantAdvantages[] = [
  miscomputes("forgets the 1/m", ["the 1/m is inside"], (rewards) => centred(rewards, 1)),
  miscomputes("has its sign turned", ["pushes towards higher rewards"], (rewards) => centred(rewards, -rewards.length)),
  miscomputes(
    "does not centre",
    ["what is added to all rewards does not matter", "equal rewards have no advantage"],
    (rewards) => rewards.map((reward) => reward / rewards.length),
  ),
  miscomputes("divides by a spread of 0", ["equal rewards have no advantage"], (rewards) => {
    const advantages = centred(rewards, rewards.length);
    const spread = Math.max(...rewards) - Math.min(...rewards);
    return advantages.map((advantage) => (advantage / spread) * spread);
  }),
  miscomputes("standardises and does not say so", ["scales as it says"], (rewards) => {
    const advantages = centred(rewards, rewards.length);
    const norm = Math.hypot(...advantages);
    return norm === 0 ? advantages : advantages.map((advantage) => advantage / norm);
  }),
  miscomputes(
    "returns advantages in the order of rewards",
    ["the order of the rollouts matters as it says"],
    (rewards) => centred(rewards, rewards.length).toSorted(),
  ),
  miscomputes("prefers the first rollout", ["the order of the rollouts matters as it says"], (rewards) =>
    centred(rewards, rewards.length).map((advantage, i) => (i === 0 ? 2 : 1) * advantage),
  ),
  miscomputes("returns too few", ["one finite advantage a rollout"], (rewards) =>
    centred(rewards, rewards.length).subarray(1),
  ),
  miscomputes("has a generator of its own", ["same rewards, same advantages"], (rewards) =>
    centred(rewards, rewards.length + (calls++ % 2)),
  ),
  miscomputes("keeps one array for all its results", ["same rewards, same advantages"], (rewards) => {
    reused.set(centred(rewards, rewards.length));
    return reused.subarray(0, rewards.length);
  }),
  miscomputes("sorts the rewards it was lent", ["leaves its inputs as they are"], (rewards) => {
    const advantages = centred(rewards, rewards.length);
    rewards.sort();
    return advantages;
  }),
  miscomputes("writes over the rewards", ["leaves its inputs as they are"], (rewards) => {
    rewards.set(centred(rewards, rewards.length));
    return rewards;
  }),
  mutant("takes a failed reward for zero", ["refuses failed rewards"], {
    advantages: (rewards, options) =>
      right(
        rewards.map((reward) => (Number.isFinite(reward) ? reward : 0)),
        options,
      ),
  }),
  mutant("spreads NaN over the group", ["refuses failed rewards"], {
    advantages: (rewards) => centred(rewards, rewards.length),
  }),
  mutant("never looks at n", ["refuses an n that is no number of samples"], {
    plan: () => ({ used: {}, warnings: [] }),
  }),
  mutant("plans for groups that it refuses", ["has a plan or a clear error for every size"], {
    plan: (size, options) => faultlessAdvantages.plan(Math.max(2, size), options as { readonly n: number }),
  }),
  mutant("accepts options it does not have", ["has defaults and refuses unknown parameters"], {
    parameters: z.looseObject({}),
  }),
  mutant("has no name for tables", ["says what it is"], { name: "Not Kebab" }),
];

function centred(rewards: Float64Array, divisor: number): Float64Array {
  const centre = rewards.reduce((a, b) => a + b, 0) / rewards.length;
  return rewards.map((reward) => (reward - centre) / divisor);
}
