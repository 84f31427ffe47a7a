import type { Selection } from "@touchstone/core";
import { clusteredMean, mean } from "@touchstone/stats";
import type { Contender } from "../cells.ts";
import type { ProblemPool } from "../columns.ts";
import { decisionStream, selectOn } from "../decide.ts";
import { gradeSelection } from "../grade-decision.ts";
import { readsOf } from "../needs.ts";
import { orderingOf } from "../subsets.ts";
import { SubsetView } from "../views.ts";
import type { DecisionRow } from "./parity.ts";

/** One problem's samples with A's numbers and with B's: the same samples in the same order. */
export interface Twin {
  readonly a: ProblemPool;
  readonly b: ProblemPool;
}

type SelectorContender = Parameters<typeof selectOn>[1];

export interface FlipOptions {
  readonly seed: number;
  readonly dataset: string;
  /** Random subsets of each size; one where a subset is all there is. */
  readonly replicates: number;
}

/** How often a selector decides otherwise on random subsets of n samples. */
export function flipsOfSelector(
  twins: readonly Twin[],
  contender: SelectorContender,
  n: number,
  { seed, dataset, replicates }: FlipOptions,
): DecisionRow {
  const flips: number[] = [];
  const grades: number[] = [];
  let decisions = 0;
  for (const { a, b } of twins) {
    const key = { seed, dataset, problem: a.view.id };
    const [shownA, shownB] = [a, b].map((pool) => new SubsetView(n, pool.rewards.keys())) as [SubsetView, SubsetView];
    const reads = readsOf(contender.method.needs, contender.choice.parameters);
    const [viewA, viewB] = [shownA, shownB].map((shown) => shown.view(contender.visible, reads));
    const ordering = new Uint32Array(a.size);
    const texts = classesOf(a.text);
    const rounds = n >= a.size ? 1 : replicates;
    const differing: number[] = [];
    const graded: number[] = [];
    for (let replicate = 0; replicate < rounds; replicate++) {
      orderingOf(key, replicate, a.size, n, ordering);
      shownA.show(a, ordering);
      shownB.show(b, ordering);
      // The same coins for both: what differs is the numbers alone.
      const first = selectOn(viewA!, contender, decisionStream(key, contender, replicate));
      const gradeA = gradeSelection(first, shownA.chosen, a, contender.visible).accuracy;
      const kept = first.kind === "selected" ? { ...first, weights: first.weights.slice() } : first;
      const second = selectOn(viewB!, contender, decisionStream(key, contender, replicate));
      differing.push(variation(kept, second, (i) => texts[ordering[i]!]!));
      graded.push(gradeSelection(second, shownB.chosen, b, contender.visible).accuracy - gradeA);
    }
    flips.push(mean(differing));
    grades.push(mean(graded));
    decisions += rounds;
  }
  return decisionRow(contender, n, twins, { flips, grades, decisions });
}

/** Which responses are the same text: the number of the first of them. */
function classesOf(texts: readonly string[]): Uint32Array {
  const first = new Map<string, number>();
  return Uint32Array.from(texts, (text, i) => {
    if (!first.has(text)) first.set(text, i);
    return first.get(text)!;
  });
}

/** Total variation between two laws of the answered text; an abstention is an answer of its own. */
function variation(a: Selection, b: Selection, textOf: (index: number) => number): number {
  if (a.kind === "abstained" || b.kind === "abstained") return a.kind === b.kind ? 0 : 1;
  const moved = new Map<number, number>();
  for (let i = 0; i < a.weights.length; i++) {
    const text = textOf(i);
    moved.set(text, (moved.get(text) ?? 0) + a.weights[i]! - b.weights[i]!);
  }
  let sum = 0;
  for (const difference of moved.values()) sum += Math.abs(difference);
  // Rounding of weights that are equal is no flip.
  return sum < 1e-12 ? 0 : sum / 2;
}

/**
 * How often a Metropolis-Hastings step from each response to the next would be decided otherwise by the same coin: the mean of
 * |min(1, e^a) − min(1, e^b)|, where `logRatio(pool, from, to)` is the logarithm of the acceptance ratio. Its grade column is undefined: a step
 * answers nothing.
 */
export function flipsOfAcceptance(
  twins: readonly Twin[],
  name: Pick<DecisionRow, "method" | "parameters" | "rewardModel">,
  logRatio: (pool: ProblemPool, from: number, to: number) => number,
): DecisionRow {
  let decisions = 0;
  const flips = twins.map(({ a, b }) => {
    const differing: number[] = [];
    for (let i = 0; i + 1 < a.size; i++) {
      const [onA, onB] = [logRatio(a, i, i + 1), logRatio(b, i, i + 1)];
      if (Number.isNaN(onA) || Number.isNaN(onB)) continue;
      differing.push(Math.abs(Math.exp(Math.min(0, onA)) - Math.exp(Math.min(0, onB))));
    }
    decisions += differing.length;
    return mean(differing);
  });
  return {
    ...name,
    n: 2,
    ...flipColumns(flips, twins),
    gradeDifference: Number.NaN,
    gradeLow: Number.NaN,
    gradeHigh: Number.NaN,
    decisions,
  };
}

function decisionRow(
  { method, parameters, rewardModel }: Contender,
  n: number,
  twins: readonly Twin[],
  found: { readonly flips: readonly number[]; readonly grades: readonly number[]; readonly decisions: number },
): DecisionRow {
  const grade = clusteredMean(found.grades, clustersOf(twins), { missing: "omit" });
  return {
    method: method.name,
    parameters,
    rewardModel,
    n,
    ...flipColumns(found.flips, twins),
    gradeDifference: grade.estimate,
    gradeLow: grade.low,
    gradeHigh: grade.high,
    decisions: found.decisions,
  };
}

function flipColumns(flips: readonly number[], twins: readonly Twin[]) {
  const { estimate, low, high, n } = clusteredMean(flips, clustersOf(twins), { missing: "omit" });
  // A share lies within [0, 1]; the interval of a mean need not.
  return { flips: estimate, low: Math.max(0, low), high: Math.min(1, high), problems: n };
}

function clustersOf(twins: readonly Twin[]): string[] {
  return twins.map(({ a }) => a.view.cluster);
}
