import type { Answer, Extractor } from "@touchstone/core";

/** A decimal number with an optional sign and optional thousands separators, at the start of the text. */
const NUMBER = /^\$?\s*([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\d,])/;

/**
 * One spelling per number: `12`, `12.0`, `+12` and `012` are `12`, `1,200` is `1200`, `-0` is `0`. Undefined where the text
 * is not a number. Digits are kept as written, so numbers beyond 2^53 stay apart.
 */
export function canonicalNumber(text: string): string | undefined {
  const trimmed = text.trim();
  const match = NUMBER.exec(trimmed);
  return match && match[0].length === trimmed.length ? spell(match) : undefined;
}

function spell([, sign, whole, fraction]: RegExpExecArray): string {
  const integer = (whole ?? "").replaceAll(",", "").replace(/^0+(?=\d)/, "");
  const decimals = (fraction ?? "").replace(/\.?0*$/, "");
  const size = integer + decimals;
  return sign === "-" && size !== "0" ? `-${size}` : size;
}

/**
 * Reads the final answer of a worked solution: the number after the last `####`. What follows it on that line may be a unit
 * or a full stop; a second number or an operator makes the answer ambiguous, hence unparsable. Answers are equal when the
 * numbers are (`canonicalNumber`). The marker is the one that GSM8K's solutions use (Cobbe et al. 2021).
 */
export const numeric: Extractor = {
  name: "numeric",
  extract(response): Answer {
    const at = response.lastIndexOf("####");
    if (at < 0) return { kind: "unparsable" };
    const line = (response.slice(at + 4).split("\n", 1)[0] ?? "").trim();
    const match = NUMBER.exec(line);
    if (!match || /[\d+*/=^]|\s-/.test(line.slice(match[0].length))) return { kind: "unparsable" };
    return { kind: "answer", key: spell(match) };
  },
};
