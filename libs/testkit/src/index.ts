export { checkAdvantageEstimator, type AdvantageLaw } from "./advantage-contract.ts";
export type { AdvantageContractOptions } from "./advantage-trial.ts";
export { drawnSample } from "./drawn.ts";
export { drawnView, subview, TOY_PROBLEM, type DrawnArrays } from "./drawn-view.ts";
export {
  checkLanguageModel,
  type LanguageModelContractOptions,
  type LanguageModelLaw,
} from "./language-model-contract.ts";
export { faultlessAdvantages, MUTANT_ADVANTAGES, type MutantAdvantages } from "./mutant-advantages.ts";
export { faultlessChain, MUTANT_CHAINS } from "./mutant-chains.ts";
export { faultlessLanguageModel, MUTANT_LANGUAGE_MODELS } from "./mutant-language-models.ts";
export { faultlessProcedure, MUTANT_PROCEDURES, type MutantProcedure } from "./mutant-procedures.ts";
export { faultlessSelector, MUTANT_SELECTORS, type MutantSelector } from "./mutant-selectors.ts";
export { checkProcedure, type ProcedureLaw } from "./procedure-contract.ts";
export type { ProcedureContractOptions } from "./procedure-trial.ts";
export { randomView, VIEW_KINDS, type RandomViewOptions, type ViewKind } from "./random-views.ts";
export { checkSelector, type SelectorLaw } from "./selector-contract.ts";
export type { SelectorContractOptions } from "./selector-trial.ts";
export { subsets } from "./subsets.ts";
export { ToyAccess, type ToyAccessOptions } from "./toy-access.ts";
export { decodingLaw, type Conditional, type ExactResponse } from "./toy-law.ts";
export { randomConditional, toyPolicy, type ToyPolicy, type ToyPolicyOptions } from "./toy-policy.ts";
export { toyReward } from "./toy-reward.ts";
export type { Violation } from "./violation.ts";
