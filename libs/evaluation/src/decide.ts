import type { DrawnView, Selection, Selector, Stream } from "@touchstone/core";
import type { Contender } from "./cells.ts";
import type { ProblemPool } from "./columns.ts";
import { checkSelection, checkExpectation } from "./check-weights.ts";
import { gradeSelection, proxyOf } from "./grade-decision.ts";
import { readsOf } from "./needs.ts";
import { orderingOf } from "./subsets.ts";
import { Tally, type Outcome } from "./tally.ts";
import { LazyStream, SubsetView } from "./views.ts";

/** A selector that decides on n samples. */
export interface Decider {
  readonly contender: Contender & { readonly method: Selector };
  /** 1 … pool size. */
  readonly n: number;
}

/** Keys of a problem's randomness. */
export interface ProblemKey {
  readonly seed: number;
  readonly dataset: string;
  readonly problem: string;
}

/**
 * Decides one problem with every decider: exactly where the method knows its expectation over subsets, else on `replicates`
 * subsets without replacement that all deciders share. Outcomes are in the order of `deciders`.
 */
export function decideProblem(
  pool: ProblemPool,
  deciders: readonly Decider[],
  key: ProblemKey,
  replicates: number,
): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const sampled: { readonly index: number; readonly decider: Decider; readonly tally: Tally }[] = [];
  const whole = new SubsetView(pool.size, pool.rewards.keys());
  whole.show(
    pool,
    Uint32Array.from({ length: pool.size }, (_, i) => i),
  );
  for (const [index, decider] of deciders.entries()) {
    const { method, choice, visible } = decider.contender;
    if (method.expectation) {
      const view = whole.view(visible, readsOf(method.needs, choice.parameters));
      const weights = method.expectation(view, decider.n, choice.parameters);
      checkExpectation(method.name, weights, pool.size);
      const outcome = exactOutcome(weights, pool, visible);
      // Where no subset can be decided on the whole pool cannot either: it says why.
      const always =
        outcome.abstained === 1
          ? selectOn(view, decider.contender, decisionStream(key, decider.contender, 0))
          : undefined;
      outcomes[index] = always?.kind === "abstained" ? { ...outcome, reasons: new Map([[always.reason, 1]]) } : outcome;
    } else {
      sampled.push({ index, decider, tally: new Tally(replicates) });
    }
  }
  if (sampled.length === 0) return outcomes;

  const bySize = Map.groupBy(sampled, ({ decider }) => decider.n);
  const groups = Array.from(bySize, ([n, members]) => {
    const subset = new SubsetView(n, pool.rewards.keys());
    return {
      subset,
      members: members.map((member) => {
        const { method, choice, visible } = member.decider.contender;
        return { ...member, view: subset.view(visible, readsOf(method.needs, choice.parameters)) };
      }),
    };
  });
  const largest = Math.max(...bySize.keys());
  const ordering = new Uint32Array(pool.size);
  for (let replicate = 0; replicate < replicates; replicate++) {
    orderingOf(key, replicate, pool.size, largest, ordering);
    for (const { subset, members } of groups) {
      subset.show(pool, ordering);
      for (const { decider, tally, view } of members) {
        const { contender } = decider;
        const selection = selectOn(view, contender, decisionStream(key, contender, replicate));
        tally.add(replicate, gradeSelection(selection, subset.chosen, pool, contender.visible));
      }
    }
  }
  for (const { index, tally } of sampled) outcomes[index] = tally.outcome();
  return outcomes;
}

/** A checked decision. */
export function selectOn(
  view: DrawnView,
  { method, choice }: Contender & { readonly method: Selector },
  random: Stream,
): Selection {
  const selection = method.select(view, choice.parameters, random);
  checkSelection(method.name, selection, view.size);
  return selection;
}

export function decisionStream(key: ProblemKey, { method, parameters }: Contender, replicate: number): Stream {
  return new LazyStream(key.seed, "decide", key.dataset, key.problem, method.name, parameters, replicate);
}

function exactOutcome(weights: Float64Array, pool: ProblemPool, visible: readonly string[]): Outcome {
  let accuracy = 0;
  let mass = 0;
  for (let i = 0; i < weights.length; i++) {
    accuracy += weights[i]! * pool.grades[i]!;
    mass += weights[i]!;
  }
  const rewards = proxyOf(pool, visible);
  let proxy = Number.NaN;
  if (rewards && mass > 0) {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) sum += weights[i]! * rewards[i]!;
    proxy = sum / mass;
  }
  return {
    accuracy,
    accuracyError: 0,
    ...(pool.lengthDifferences &&
      mass > 0 && {
        lengthDifference: weights.reduce((sum, weight, i) => sum + weight * pool.lengthDifferences![i]!, 0) / mass,
      }),
    proxy,
    proxyError: 0,
    // Rounding of the sum, not a chance of abstaining.
    abstained: mass > 1 - 1e-12 ? 0 : 1 - mass,
    replicates: 0,
    diagnostics: new Map(),
  };
}
