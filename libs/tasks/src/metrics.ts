import type { Extractor, Grader } from "@touchstone/core";
import { boxed } from "./boxed.ts";
import { choiceLikelihood, faultOfChoices } from "./choices.ts";
import { constraintsAllMet, constraintsMet, faultOfConstraints } from "./constraints-met.ts";
import { exactNumber, referenceNumber } from "./exact-number.ts";
import { fourNumbers, gameOf24, lastCalculation } from "./game-of-24.ts";
import { faultOfInstructions, ifeval, ifevalLoose, ifevalShare, ifevalShareLoose } from "./ifeval/graders.ts";
import { lastNumber } from "./last-number.ts";
import { mathEquivalent, referenceKey } from "./math-equivalent.ts";
import { noGold } from "./no-gold.ts";
import { numeric } from "./numeric.ts";
import { acceptedOptions, letterChosen, optionChosen } from "./option-letter.ts";
import { noAnswer, recorded } from "./recorded.ts";
import { exactMatch, faultOfShortAnswer, shortAnswer, tokenF1 } from "./short-answer.ts";
import { wholeText } from "./whole-text.ts";
import { yesNo, yesNoRight, yesOrNo } from "./yes-no.ts";

/** Extractors that a manifest can name. */
export const EXTRACTORS: ReadonlyMap<string, Extractor> = new Map(
  [numeric, lastNumber, boxed, letterChosen, yesNo, shortAnswer, lastCalculation, noAnswer, wholeText].map(
    (extractor) => [extractor.name, extractor],
  ),
);

/** A grader, with what a reference must be: undefined where it is. */
interface Metric {
  readonly grader: Grader;
  readonly faultOf: (reference: string) => string | undefined;
}

/** Graders that a manifest can name. */
export const GRADERS: ReadonlyMap<string, Metric> = new Map(
  [
    { grader: exactNumber, faultOf: saying("is not a number", referenceNumber) },
    { grader: mathEquivalent, faultOf: saying("is empty", referenceKey) },
    { grader: gameOf24, faultOf: saying("is not four whole numbers", fourNumbers) },
    { grader: optionChosen, faultOf: saying("is not the letter of an option", acceptedOptions) },
    { grader: yesNoRight, faultOf: saying("is neither yes nor no", yesOrNo) },
    { grader: tokenF1, faultOf: faultOfShortAnswer },
    { grader: exactMatch, faultOf: faultOfShortAnswer },
    { grader: ifeval, faultOf: faultOfInstructions },
    { grader: ifevalLoose, faultOf: faultOfInstructions },
    { grader: ifevalShare, faultOf: faultOfInstructions },
    { grader: ifevalShareLoose, faultOf: faultOfInstructions },
    { grader: choiceLikelihood, faultOf: faultOfChoices },
    { grader: noGold, faultOf: () => undefined },
    { grader: recorded, faultOf: () => undefined },
    { grader: constraintsMet, faultOf: faultOfConstraints },
    { grader: constraintsAllMet, faultOf: faultOfConstraints },
  ].map((metric) => [metric.grader.name, metric]),
);

function saying(fault: string, read: (reference: string) => unknown): Metric["faultOf"] {
  return (reference) => (read(reference) ? undefined : fault);
}
