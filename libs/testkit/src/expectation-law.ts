import type { DrawnView } from "@touchstone/core";
import { subview } from "./drawn-view.ts";
import { VIEW_KINDS } from "./random-views.ts";
import { trialViews, type SelectorTrial } from "./selector-trial.ts";
import { subsets } from "./subsets.ts";
import { show, type Finding } from "./violation.ts";

/** `expectation(pool, n)` against `select` on every subset of size n: the mean weights, abstentions as missing mass. */
export function expectationIsTheMeanOverSubsets(trial: SelectorTrial): Finding {
  const { selector, parameters } = trial;
  if (!selector.expectation) return undefined;
  for (const { name, view, decide } of trialViews(trial, VIEW_KINDS, "pool")) {
    for (let n = 1; n <= Math.min(view.size, selector.needs.atMost ?? view.size); n++) {
      const exact = meanOverSubsets(view, n, decide);
      const received = selector.expectation(view, n, parameters);
      const same =
        received.length === exact.length &&
        exact.every((weight, i) => Math.abs(weight - received[i]!) <= Math.max(trial.tolerance, 1e-12));
      if (!same) return `${name}, n = ${n}: all subsets give ${show(exact)}, expectation ${show(received)}`;
    }
  }
  return undefined;
}

function meanOverSubsets(
  view: DrawnView,
  n: number,
  decide: (drawn: DrawnView) => ReturnType<SelectorTrial["selector"]["select"]>,
): Float64Array {
  const total = new Float64Array(view.size);
  let count = 0;
  for (const subset of subsets(view.size, n)) {
    count++;
    const selection = decide(subview(view, subset));
    if (selection.kind === "abstained") continue;
    subset.forEach((index, position) => {
      total[index]! += selection.weights[position]!;
    });
  }
  return total.map((weight) => weight / count);
}
