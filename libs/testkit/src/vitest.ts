import type { AdvantageEstimator, LanguageModel, Procedure, Selector } from "@touchstone/core";
import { afterAll, describe, expect, test } from "vitest";
import { ADVANTAGE_LAWS, type AdvantageLaw } from "./advantage-contract.ts";
import { advantageTrial, type AdvantageContractOptions } from "./advantage-trial.ts";
import {
  LANGUAGE_MODEL_LAWS,
  languageModelTrial,
  type LanguageModelContractOptions,
  type LanguageModelLaw,
} from "./language-model-contract.ts";
import { PROCEDURE_LAWS, type ProcedureLaw } from "./procedure-contract.ts";
import { procedureTrial, type ProcedureContractOptions, type ProcedureTrial } from "./procedure-trial.ts";
import { SELECTOR_LAWS, type SelectorLaw } from "./selector-contract.ts";
import { selectorTrial, type SelectorContractOptions } from "./selector-trial.ts";

/** Declares one test per law of the selector contract. */
export function selectorContract(selector: Selector, options: SelectorContractOptions = {}): void {
  describe(`selector contract of ${selector.name} ${JSON.stringify(options.parameters ?? {})}`, () => {
    const laws = Object.keys(SELECTOR_LAWS) as SelectorLaw[];
    test.each(laws)("%s", (law) => {
      expect(SELECTOR_LAWS[law](selectorTrial(selector, options))).toBeUndefined();
    });
  });
}

/** Declares one test per law of the procedure contract. */
export function procedureContract(procedure: Procedure, options: ProcedureContractOptions = {}): void {
  describe(`procedure contract of ${procedure.name} ${JSON.stringify(options.parameters ?? {})}`, () => {
    const laws = Object.keys(PROCEDURE_LAWS) as ProcedureLaw[];
    // One trial for all laws, which look at the same decisions.
    let trial: ProcedureTrial | undefined;
    test.each(laws)("%s", async (law) => {
      trial ??= procedureTrial(procedure, options);
      expect(await PROCEDURE_LAWS[law](trial)).toBeUndefined();
    });
  });
}

/** Declares one test per law of the contract of backends; the model is opened once, and closed after them. */
export function languageModelContract(
  name: string,
  open: () => Promise<LanguageModel>,
  options: LanguageModelContractOptions = {},
): void {
  describe(`contract of backends: ${name}`, () => {
    const laws = Object.keys(LANGUAGE_MODEL_LAWS) as LanguageModelLaw[];
    let opened: Promise<LanguageModel> | undefined;
    afterAll(async () => (await opened)?.close());
    test.each(laws)("%s", async (law) => {
      opened ??= open();
      expect(await LANGUAGE_MODEL_LAWS[law](languageModelTrial(await opened, options))).toBeUndefined();
    });
  });
}

/** Declares one test per law of the contract of advantage estimators. */
export function advantageContract(estimator: AdvantageEstimator, options: AdvantageContractOptions = {}): void {
  describe(`contract of ${estimator.name} ${JSON.stringify(options)}`, () => {
    const laws = Object.keys(ADVANTAGE_LAWS) as AdvantageLaw[];
    test.each(laws)("%s", (law) => {
      expect(ADVANTAGE_LAWS[law](advantageTrial(estimator, options))).toBeUndefined();
    });
  });
}
