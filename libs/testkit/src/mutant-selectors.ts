import { defineSelector, type DrawnView, type Selection, type Selector } from "@touchstone/core";
import { z } from "zod";
import type { SelectorLaw } from "./selector-contract.ts";

/** A method with one fault, and the laws that must catch it (others may break as well). */
export interface MutantSelector {
  readonly fault: string;
  readonly selector: Selector;
  readonly breaks: readonly SelectorLaw[];
}

/** Best-of-n without a fault, from which every mutant differs in one thing; the contract must accept it. */
export const faultlessSelector = defineSelector<object>({
  name: "faultless",
  summary: "Best-of-n, spelled out.",
  reference: { title: "Mutants of best-of-n", authors: "ours", year: 2026 },
  needs: { rewards: "one", answers: false },
  parameters: z.strictObject({}),
  select: (drawn) => highest(drawn.rewards()),
});

const mutant = (fault: string, breaks: readonly SelectorLaw[], change: Partial<Selector<object>>): MutantSelector => ({
  fault,
  breaks,
  selector: { ...faultlessSelector, ...change },
});

let calls = 0;
const reused = new Float64Array(64);

export const MUTANT_SELECTORS: readonly MutantSelector[] = [
  mutant("peeks at the reference", ["reads no grade and no reference"], {
    select(drawn) {
      const { reference } = drawn.problem as unknown as { reference?: string };
      const hit = reference === undefined ? -1 : indices(drawn).findIndex((i) => drawn.text(i).includes(reference));
      return hit >= 0 ? select(drawn.size, [hit]) : highest(drawn.rewards());
    },
  }),
  mutant("peeks at the grades and hides its errors", ["reads no grade and no reference"], {
    select(drawn) {
      try {
        const { grades } = drawn as unknown as { grades: Float64Array };
        return select(drawn.size, [grades.indexOf(1)]);
      } catch {
        return highest(drawn.rewards());
      }
    },
  }),
  mutant("looks whether a reference is there", ["reads no grade and no reference"], {
    select: (drawn) => ("reference" in drawn.problem ? select(drawn.size, [0]) : highest(drawn.rewards())),
  }),
  mutant("breaks ties by the order of the draws", ["the order of the draws does not matter"], {
    select(drawn) {
      const selection = highest(drawn.rewards());
      return selection.kind === "selected"
        ? select(drawn.size, [selection.weights.findIndex((w) => w > 0)])
        : selection;
    },
  }),
  mutant("takes the first draw", ["the order of the draws does not matter", "a failed reward never wins"], {
    select: (drawn) => select(drawn.size, [0]),
  }),
  mutant("takes a failed reward for zero", ["a failed reward never wins"], {
    select: (drawn) => highest(drawn.rewards().map((reward) => (Number.isNaN(reward) ? 0 : reward))),
  }),
  mutant("lets a failed reward through its comparison", ["a failed reward never wins"], {
    select(drawn) {
      const rewards = drawn.rewards();
      let best = 0;
      for (let i = 1; i < drawn.size; i++) if (!(rewards[i]! <= rewards[best]!)) best = i;
      return select(drawn.size, [best]);
    },
  }),
  mutant("spreads NaN over the weights", ["weights are a law over the draws"], {
    select(drawn) {
      const rewards = drawn.rewards();
      const exponentials = rewards.map((reward) => Math.exp(reward));
      const sum = exponentials.reduce((a, b) => a + b, 0);
      return { kind: "selected", weights: exponentials.map((value) => value / sum) };
    },
  }),
  mutant("does not normalise tied weights", ["weights are a law over the draws"], {
    select(drawn) {
      const selection = highest(drawn.rewards());
      return selection.kind === "selected"
        ? { kind: "selected", weights: selection.weights.map((weight) => Math.ceil(weight)) }
        : selection;
    },
  }),
  mutant("returns too few weights", ["weights are a law over the draws"], {
    select(drawn) {
      const selection = highest(drawn.rewards());
      return selection.kind === "selected"
        ? { kind: "selected", weights: selection.weights.slice(0, 1 + selection.weights.findLastIndex((w) => w > 0)) }
        : selection;
    },
  }),
  mutant("abstains where there is a doubt", ["decides where every sample is valid"], {
    select: (drawn) => (drawn.size > 3 ? { kind: "abstained", reason: "too many samples" } : highest(drawn.rewards())),
  }),
  mutant("sorts the rewards it was lent", ["leaves its inputs as they are"], {
    select(drawn) {
      const best = drawn
        .rewards()
        .toSorted()
        .findLast((reward) => !Number.isNaN(reward));
      const selection = highest(drawn.rewards());
      drawn.rewards().sort();
      return best === undefined ? { kind: "abstained", reason: "no sample has a valid reward" } : selection;
    },
  }),
  mutant("keeps one array for all its decisions", ["same draws, same stream, same decision"], {
    select(drawn) {
      const selection = highest(drawn.rewards());
      if (selection.kind === "abstained") return selection;
      reused.set(selection.weights);
      return { kind: "selected", weights: reused.subarray(0, drawn.size) };
    },
  }),
  mutant("has a generator of its own", ["same draws, same stream, same decision"], {
    select(drawn) {
      calls++;
      const selection = highest(drawn.rewards());
      return selection.kind === "selected" ? select(drawn.size, [calls % drawn.size]) : selection;
    },
  }),
  mutant("prefers the answer with the largest label", ["the labels of answer classes do not matter"], {
    needs: { rewards: "one", answers: true },
    select: (drawn) => highest(drawn.rewards().map((reward, i) => reward + drawn.answers[i]!)),
  }),
  mutant("reads rewards it does not declare", ["reads only what it says it needs"], {
    needs: { rewards: "none", answers: false },
  }),
  mutant("reads answers it does not declare", ["reads only what it says it needs"], {
    select(drawn) {
      const rewards = drawn.rewards();
      const parsable = rewards.map((reward, i) => (drawn.answers[i]! < 0 ? Number.NaN : reward));
      const selection = highest(parsable);
      return selection.kind === "selected" ? selection : highest(rewards);
    },
  }),
  mutant("reads the statistics of tokens that it does not declare", ["reads only what it says it needs"], {
    needs: { rewards: "none", answers: false },
    select: (drawn) => highest(Float64Array.from(indices(drawn), (i) => drawn.statistics(i).entropy[0]!)),
  }),
  mutant("reads the distribution after the last token undeclared", ["reads only what it says it needs"], {
    needs: { rewards: "none", answers: false },
    select: (drawn) => highest(Float64Array.from(drawn.afterLast!)),
  }),
  mutant("declares the distribution after the last token for other parameters", ["reads only what it says it needs"], {
    needs: { rewards: "none", answers: false, afterLast: () => false },
    select: (drawn) => highest(Float64Array.from(drawn.afterLast!)),
  }),
  mutant("reads the scale of rewards it does not declare", ["reads only what it says it needs"], {
    needs: { rewards: "none", answers: false },
    select: (drawn) => highest(drawn.logProbability.map((value) => value / drawn.rewardScale())),
  }),
  mutant("takes a statistic that was not recorded for a weight", ["weights are a law over the draws"], {
    needs: { rewards: "none", answers: false },
    select(drawn) {
      const sum = drawn.gini.reduce((a, b) => a + b, 0);
      return { kind: "selected", weights: drawn.gini.map((gini) => gini / sum) };
    },
  }),
  mutant("counts tokens of the first draw only", ["the order of the draws does not matter"], {
    needs: { rewards: "none", answers: false, tokenStatistics: true },
    select: (drawn) =>
      highest(Float64Array.from(indices(drawn), (i) => drawn.statistics(0).gini[0]! - drawn.statistics(i).gini[0]!)),
  }),
  mutant("compares every draw with the first", ["the order of the draws does not matter"], {
    needs: { rewards: "none", answers: false },
    select(drawn) {
      const similarity = drawn.similarity("rouge-1");
      return highest(Float64Array.from(indices(drawn), (i) => similarity(0, i)));
    },
  }),
  mutant("writes over the statistics it was lent", ["leaves its inputs as they are"], {
    needs: { rewards: "none", answers: false, tokenStatistics: true },
    select: (drawn) => highest(Float64Array.from(indices(drawn), (i) => drawn.statistics(i).entropy.fill(1)[0]!)),
  }),
  mutant("abstains where all are equal", ["decides where every sample is valid"], {
    select(drawn) {
      const rewards = drawn.rewards();
      const equal = rewards.length > 1 && rewards.every((reward) => reward === rewards[0]);
      return equal ? { kind: "abstained", reason: "nothing to choose" } : highest(rewards);
    },
  }),
  mutant("ignores parameters it does not know", ["has defaults and refuses unknown parameters"], {
    parameters: z.object({}),
  }),
  mutant("has a parameter without a default", ["has defaults and refuses unknown parameters"], {
    parameters: z.strictObject({ beta: z.number() }),
  }),
  mutant("expects subsets drawn with replacement", ["its expectation is the mean over all subsets"], {
    expectation(pool, n) {
      const rewards = pool.rewards();
      const atMost = (reward: number) => rewards.filter((other) => !(other > reward)).length / pool.size;
      const below = (reward: number) => rewards.filter((other) => !(other >= reward)).length / pool.size;
      return rewards.map((reward) =>
        Number.isNaN(reward)
          ? 0
          : (atMost(reward) ** n - below(reward) ** n) / rewards.filter((other) => other === reward).length,
      );
    },
  }),
  mutant("expects without its abstentions", ["its expectation is the mean over all subsets"], {
    expectation(pool, n) {
      const rewards = pool.rewards();
      return new Float64Array(pool.size)
        .fill(1 / pool.size)
        .map((weight, i) =>
          n === 1 ? weight : Number(rewards[i] === Math.max(...rewards.filter((r) => !Number.isNaN(r)))),
        );
    },
  }),
  mutant("has no name for tables", ["says what it is"], { name: "Best of N" }),
];

function indices(drawn: DrawnView): number[] {
  return Array.from({ length: drawn.size }, (_, i) => i);
}

function select(size: number, winners: readonly number[]): Selection {
  const weights = new Float64Array(size);
  for (const i of winners) weights[i] = 1 / winners.length;
  return { kind: "selected", weights };
}

function highest(scores: Float64Array): Selection {
  const valid = scores.filter((score) => !Number.isNaN(score));
  if (valid.length === 0) return { kind: "abstained", reason: "no sample has a valid reward" };
  const best = Math.max(...valid);
  return select(
    scores.length,
    [...scores.keys()].filter((i) => scores[i] === best),
  );
}
