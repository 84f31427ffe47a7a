import { stream, type DrawnView, type Selection, type Selector } from "@touchstone/core";
import { subview } from "./drawn-view.ts";
import { expectationIsTheMeanOverSubsets } from "./expectation-law.ts";
import { describesItself, refusesUnknownParameters } from "./face-laws.ts";
import { guarded, PROBLEM_KEYS, VIEW_KEYS } from "./guard.ts";
import {
  overlay,
  selectorTrial,
  trialViews,
  type SelectorContractOptions,
  type SelectorTrial,
} from "./selector-trial.ts";
import { finding, show, type Finding, type Violation } from "./violation.ts";

/** The laws of a selector by name; each says what it saw where it is broken. */
export const SELECTOR_LAWS = {
  "says what it is": ({ selector }) => describesItself(selector),
  "has defaults and refuses unknown parameters": ({ selector }) => refusesUnknownParameters(selector),
  "weights are a law over the draws": weightsAreALaw,
  "decides where every sample is valid": decidesWhereItCan,
  "a failed reward never wins": failedRewardsNeverWin,
  "the order of the draws does not matter": orderDoesNotMatter,
  "the labels of answer classes do not matter": labelsDoNotMatter,
  "same draws, same stream, same decision": decidesTheSameAgain,
  "reads no grade and no reference": readsNoGrade,
  "reads only what it says it needs": readsWhatItNeeds,
  "leaves its inputs as they are": leavesInputsAlone,
  "its expectation is the mean over all subsets": expectationIsTheMeanOverSubsets,
} satisfies Record<string, (trial: SelectorTrial) => Finding>;

export type SelectorLaw = keyof typeof SELECTOR_LAWS;

/** Tries every law; an empty list means that the selector keeps the contract. */
export function checkSelector(selector: Selector, options: SelectorContractOptions = {}): Violation<SelectorLaw>[] {
  const trial = selectorTrial(selector, options);
  return (Object.keys(SELECTOR_LAWS) as SelectorLaw[]).flatMap((law) => {
    const detail = finding(() => SELECTOR_LAWS[law](trial));
    return detail === undefined ? [] : [{ law, detail }];
  });
}

function weightsAreALaw(trial: SelectorTrial): Finding {
  for (const { name, view, decide } of trialViews(trial)) {
    const selection = decide();
    const numbers = Object.values(selection.diagnostics ?? {}).every((value) => typeof value === "number");
    if (!numbers) return `${name}: diagnostics must be numbers`;
    if (selection.kind === "abstained") {
      if (!selection.reason) return `${name}: abstained without a reason`;
      continue;
    }
    const { weights } = selection;
    const sum = weights.reduce((a, b) => a + b, 0);
    // Written so that NaN fails.
    const valid = weights.length === view.size && weights.every((weight) => weight >= 0) && Math.abs(sum - 1) < 1e-9;
    if (!valid) return `${name}: weights ${show(weights)} with sum ${sum}`;
  }
  return undefined;
}

function decidesWhereItCan(trial: SelectorTrial): Finding {
  for (const { name, view, decide } of trialViews(trial, ["clean", "equal"])) {
    const selection = decide();
    if (selection.kind === "abstained") return `${name}: abstained (${selection.reason})`;
    if (view.size === 1 && selection.weights[0] !== 1) return `${name}: weight ${selection.weights[0]} for one sample`;
  }
  return undefined;
}

function failedRewardsNeverWin(trial: SelectorTrial): Finding {
  if (trial.selector.needs.rewards === "none") return undefined;
  for (const { name, view, decide } of trialViews(trial)) {
    const failed = Array.from({ length: view.size }, (_, i) =>
      view.rewardModels.every((model) => Number.isNaN(view.rewards(model)[i]!)),
    );
    const selection = decide();
    if (selection.kind === "abstained") continue;
    if (failed.every(Boolean)) return `${name}: decided although every reward is NaN`;
    const winner = failed.findIndex((isFailed, i) => isFailed && !(selection.weights[i] === 0));
    if (winner >= 0) return `${name}: sample ${winner} has weight ${selection.weights[winner]} and reward NaN`;
  }
  return undefined;
}

function orderDoesNotMatter(trial: SelectorTrial): Finding {
  for (const { name, view, decide } of trialViews(trial)) {
    const order = stream(trial.seed, "order", name).permutation(view.size);
    const before = decide();
    const expected: Selection =
      before.kind === "abstained"
        ? before
        : { ...before, weights: Float64Array.from(order, (i) => before.weights[i]!) };
    const difference = differenceOf(expected, decide(subview(view, order)), trial.tolerance);
    if (difference) return `${name} in order ${show(order)}: ${difference}`;
  }
  return undefined;
}

function labelsDoNotMatter(trial: SelectorTrial): Finding {
  if (!trial.selector.needs.answers) return undefined;
  for (const { name, view, decide } of trialViews(trial)) {
    const labels = stream(trial.seed, "relabel", name).permutation(12);
    const answers = view.answers.map((answer) => (answer < 0 ? -1 : labels[answer]!));
    const difference = differenceOf(copyOf(decide()), decide(overlay(view, { answers })), trial.tolerance);
    if (difference) return `${name} with classes ${show(view.answers)} renamed ${show(answers)}: ${difference}`;
  }
  return undefined;
}

function decidesTheSameAgain(trial: SelectorTrial): Finding {
  let earlier: { name: string; selection: Selection; copy: Selection } | undefined;
  for (const { name, decide } of trialViews(trial)) {
    const selection = decide();
    const copy = copyOf(selection);
    const difference = differenceOf(copy, decide(), 0);
    if (difference) return `${name}: ${difference}`;
    const changed = earlier && differenceOf(earlier.copy, earlier.selection, 0);
    if (earlier && changed) return `${earlier.name}: its decision changed when the next was made: ${changed}`;
    earlier = { name, selection, copy };
  }
  return undefined;
}

function readsNoGrade(trial: SelectorTrial): Finding {
  for (const { name, view, decide } of trialViews(trial)) {
    const acts: string[] = [];
    const problem = guarded(view.problem, PROBLEM_KEYS, (act) => acts.push(`${act} of the problem`));
    const drawn = guarded(overlay(view, { problem }), VIEW_KEYS, (act) => acts.push(`${act} of the draws`));
    const failed = finding(() => void decide(drawn));
    if (acts.length > 0 || failed) return `${name}: ${acts.join(", ") || failed}`;
  }
  return undefined;
}

function readsWhatItNeeds(trial: SelectorTrial): Finding {
  const { needs } = trial.selector;
  const allowed = new Set(VIEW_KEYS);
  if (!needs.answers) allowed.delete("answers");
  if (needs.rewards === "none") for (const key of ["rewards", "rewardScale"]) allowed.delete(key);
  const { tokenStatistics: byToken = false } = needs;
  if (!(typeof byToken === "function" ? byToken(trial.parameters as never) : byToken)) allowed.delete("statistics");
  if (!needs.afterLast?.(trial.parameters as never)) allowed.delete("afterLast");
  for (const { name, view, decide } of trialViews(trial)) {
    const acts: string[] = [];
    const drawn = guarded(view, allowed, (act) => acts.push(act));
    const failed = finding(() => void decide(drawn));
    if (acts.length > 0 || failed) return `${name}: ${acts.join(", ") || failed}`;
  }
  return undefined;
}

function leavesInputsAlone(trial: SelectorTrial): Finding {
  for (const { name, view, decide } of trialViews(trial)) {
    const before = contents(view);
    const selection = decide();
    const after = contents(view);
    for (const [array, values] of Object.entries(before)) {
      const changed = values.findIndex((value, i) => !Object.is(value, after[array]![i]));
      if (changed >= 0) return `${name}: ${array}[${changed}] became ${after[array]![changed]}, was ${values[changed]}`;
    }
    if (
      selection.kind === "selected" &&
      arraysOf(view).some(([, array]) => array.buffer === selection.weights.buffer)
    ) {
      return `${name}: the weights are one of the arrays of the draws, which are reused`;
    }
  }
  return undefined;
}

type NumberArray = Int32Array | Float32Array | Float64Array | Uint8Array;

function arraysOf(view: DrawnView): [string, NumberArray][] {
  return [
    ["answers", view.answers],
    ["logProbability", view.logProbability],
    ["entropy", view.entropy],
    ["selfCertainty", view.selfCertainty],
    ["gini", view.gini],
    ...(view.afterLast ? [["afterLast", view.afterLast] as [string, NumberArray]] : []),
    ["tokens", view.tokens],
    ["truncated", view.truncated],
    ...view.rewardModels.map((model): [string, NumberArray] => [`rewards(${model})`, view.rewards(model)]),
    ...Array.from({ length: view.size }, (_, i) =>
      Object.entries(view.statistics(i)).map(([name, array]): [string, NumberArray] => [
        `statistics(${i}).${name}`,
        array,
      ]),
    ).flat(),
  ];
}

function contents(view: DrawnView): Record<string, number[]> {
  return Object.fromEntries(arraysOf(view).map(([name, array]) => [name, Array.from(array)]));
}

function copyOf(selection: Selection): Selection {
  return selection.kind === "abstained" ? selection : { ...selection, weights: selection.weights.slice() };
}

/** What differs between two selections; NaN weights are equal to none. */
function differenceOf(expected: Selection, received: Selection, tolerance: number): Finding {
  if (expected.kind === "abstained" || received.kind === "abstained") {
    return expected.kind === received.kind ? undefined : `${expected.kind} became ${received.kind}`;
  }
  const same =
    expected.weights.length === received.weights.length &&
    expected.weights.every((weight, i) => Math.abs(weight - received.weights[i]!) <= tolerance);
  return same ? undefined : `expected weights ${show(expected.weights)}, received ${show(received.weights)}`;
}
