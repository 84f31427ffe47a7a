import type { Answer, Extractor } from "@touchstone/core";
import { canonicalNumber } from "./numeric.ts";

const NUMBERS = /(?<![\w.])[-+]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w])|(?<![\w.])[-+]?\.\d+(?![\w])/g;

/**
 * Reads the last number of a response, as is usual where a prompt asks for no marker: `1,200.00` and `1200` are one answer.
 * Unparsable where there is no number. Prefer `numeric` where solutions end in `#### <number>`.
 */
export const lastNumber: Extractor = {
  name: "last-number",
  extract(response): Answer {
    const last = response.match(NUMBERS)?.at(-1)?.replace("$", "");
    const key = last === undefined ? undefined : canonicalNumber(last.replace(/^([-+]?)\./, "$10."));
    return key === undefined ? { kind: "unparsable" } : { kind: "answer", key };
  },
};
