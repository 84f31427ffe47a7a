export { drawnView, subview, TOY_PROBLEM, type DrawnArrays } from "./drawn-view.ts";
export { VIEW_KINDS, randomView, type RandomViewOptions, type ViewKind } from "./random-views.ts";
export { faultlessSelector, MUTANT_SELECTORS, type MutantSelector } from "./mutant-selectors.ts";
export { checkSelector, type SelectorLaw } from "./selector-contract.ts";
export type { SelectorContractOptions } from "./selector-trial.ts";
export { subsets } from "./subsets.ts";
export type { Violation } from "./violation.ts";
