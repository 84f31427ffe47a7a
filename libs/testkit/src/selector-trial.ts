import { stream, type DrawnView, type Selection, type Selector } from "@touchstone/core";
import { VIEW_KINDS, randomView, type ViewKind } from "./random-views.ts";

export interface SelectorContractOptions {
  /** Parameters as a user would give them; `{}`, the defaults, where left out. */
  readonly parameters?: unknown;
  readonly seed?: number;
  /** Random views of each kind; default 60. */
  readonly views?: number;
  /** Most samples in a view; default 7, so that all subsets can be enumerated. */
  readonly largest?: number;
  /** Range of the valid rewards; default −3 … 3. A method that refuses negative rewards is tried on those it takes. */
  readonly rewardRange?: readonly [number, number];
  /** Largest difference between two computations of one weight; default 1e-9. */
  readonly tolerance?: number;
}

/** A selector on trial, with everything a law needs to make its cases. */
export interface SelectorTrial extends Required<Omit<SelectorContractOptions, "parameters">> {
  readonly selector: Selector;
  /** Parsed. */
  readonly parameters: unknown;
}

/** Parses the parameters and fills in the defaults of the trial. Throws where the parameters do not parse. */
export function selectorTrial(selector: Selector, options: SelectorContractOptions = {}): SelectorTrial {
  return {
    selector,
    parameters: selector.parameters.parse(options.parameters ?? {}),
    seed: options.seed ?? 1,
    views: options.views ?? 60,
    largest: options.largest ?? 7,
    rewardRange: options.rewardRange ?? [-3, 3],
    tolerance: options.tolerance ?? 1e-9,
  };
}

export interface TrialView {
  /** For messages. */
  readonly name: string;
  readonly view: DrawnView;
  /** The selector's decision on this view, or on a variant of it, always with the same stream. */
  decide(drawn?: DrawnView): Selection;
}

/** Random views of the given kinds, no larger than the method can use; as `pool` of any size. */
export function* trialViews(
  trial: SelectorTrial,
  kinds: readonly ViewKind[] = VIEW_KINDS,
  use: "draws" | "pool" = "draws",
): Generator<TrialView> {
  const { atMost, rewards } = trial.selector.needs;
  const largest = use === "pool" ? trial.largest : Math.min(trial.largest, atMost ?? trial.largest);
  for (const kind of kinds) {
    for (let index = 0; index < trial.views; index++) {
      const view = randomView({ ...trial, largest, kind, index, rewardModels: rewards === "all" ? 2 : 1 });
      yield {
        name: `${kind} view ${index} of ${view.size}`,
        view,
        decide: (drawn = view) =>
          trial.selector.select(drawn, trial.parameters, stream(trial.seed, "select", kind, index)),
      };
    }
  }
}

/** The same view with some of its properties replaced. */
export function overlay(view: DrawnView, replaced: Partial<DrawnView>): DrawnView {
  return new Proxy(view, {
    get(object, key) {
      if (Object.hasOwn(replaced, key)) return Reflect.get(replaced, key);
      const value: unknown = Reflect.get(object, key, object);
      return typeof value === "function" ? value.bind(object) : value;
    },
  });
}
