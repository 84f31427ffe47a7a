import type { Extractor, Grader } from "@touchstone/core";
import { exactNumber } from "./exact-number.ts";
import { canonicalNumber, numeric } from "./numeric.ts";

/** Extractors that a manifest can name. */
export const EXTRACTORS: ReadonlyMap<string, Extractor> = new Map([[numeric.name, numeric]]);

/** Graders that a manifest can name, each with what a reference must be; undefined where it is. */
export const GRADERS: ReadonlyMap<
  string,
  { readonly grader: Grader; readonly faultOf: (reference: string) => string | undefined }
> = new Map([
  [
    exactNumber.name,
    {
      grader: exactNumber,
      faultOf: (reference: string) => (canonicalNumber(reference) === undefined ? "is not a number" : undefined),
    },
  ],
]);
