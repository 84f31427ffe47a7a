import { canonicalJson, type BudgetUnit, type Method } from "@touchstone/core";
import type { MethodChoice, Suite } from "./suite-schema.ts";
import { methodNamed } from "./method-named.ts";

/** A method with its parameters and the rewards it decides by: one line of a figure. */
export interface Contender {
  readonly method: Method;
  readonly choice: MethodChoice;
  /** `choice.parameters` in one spelling: the `parameters` column. */
  readonly parameters: string;
  /** Names of the reward models that it sees. */
  readonly visible: readonly string[];
  /** The `reward_model` column: the one it sees, all joined by `+`, or empty. */
  readonly rewardModel: string;
}

/** A contender at a budget. */
export interface Cell {
  readonly contender: Contender;
  readonly unit: BudgetUnit;
  readonly budget: number;
}

/** Where contenders meet: one policy with one decoding on one dataset. */
export interface Place {
  readonly dataset: string;
  readonly model: string;
  readonly decoding: string;
}

/**
 * Every method of a suite with every reward model it is to be run with in a place. `rewardModels` are the shown names of the
 * suite's reward models, in the suite's order.
 */
export function contendersOf(
  suite: Pick<Suite, "methods">,
  methods: readonly Method[],
  rewardModels: readonly string[],
  place: Place,
): readonly Contender[] {
  return suite.methods.flatMap((choice) => {
    const method = methodNamed(choice.name, methods);
    const parameters = canonicalJson(choice.parameters);
    const scope = rewardModels.filter((shown) => choice.rewardModels?.some((one) => isShownAs(one, shown)) ?? true);
    return visibilities(method.needs.rewards, scope)
      .map((visible) => ({ method, choice, parameters, visible, rewardModel: visible.join("+") }))
      .filter(({ rewardModel }) => belongs(choice, place, rewardModel));
  });
}

/** A row that validation chose belongs to the place and the reward model that it was chosen for. */
function belongs({ place }: MethodChoice, { dataset, model, decoding }: Place, rewardModel: string): boolean {
  if (!place) return true;
  const there = place.dataset === dataset && place.model === model && place.decoding === decoding;
  return there && place.rewardModel === rewardModel;
}

/** Cells in the order of contenders, then budgets. */
export function cellsOf(contenders: readonly Contender[], { unit, amounts }: Suite["budgets"]): readonly Cell[] {
  return contenders.flatMap((contender) => amounts.map((budget) => ({ contender, unit, budget })));
}

function visibilities(rewards: Method["needs"]["rewards"], models: readonly string[]): readonly (readonly string[])[] {
  if (rewards === "none") return [[]];
  if (rewards === "all") return models.length > 0 ? [models] : [];
  return models.map((model) => [model]);
}

/** A suite spells a model as its name, as a folder of that name, or as one of that name behind a server. */
function isShownAs(reference: string, shown: string): boolean {
  return reference.split(/[\\/]/).at(-1) === shown || reference.endsWith(`#${shown}`);
}
