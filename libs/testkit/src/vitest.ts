import type { Selector } from "@touchstone/core";
import { describe, expect, test } from "vitest";
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
