import { TouchstoneError } from "@touchstone/core";
import type { TokenRow } from "./likelihood-gradient.ts";

/** @throws TouchstoneError `invalid-batch` for an empty row or a token outside the vocabulary */
export function checkTokenRows(rows: readonly TokenRow[], vocabulary: number): void {
  rows.forEach(({ tokens }, r) => {
    if (tokens.length === 0) throw invalid(`Row ${r} has no tokens.`, 0, "Give every row at least one token.");
    const outside = tokens.find((token) => token < 0 || token >= vocabulary);
    if (outside === undefined) return;
    throw invalid(
      `Row ${r} has a token outside the vocabulary of ${vocabulary}.`,
      outside,
      "Tokenize with the tokenizer of this model.",
    );
  });
}

/** @throws TouchstoneError `invalid-batch` unless there is one finite coefficient for every token of every row */
export function checkCoefficients(rows: readonly TokenRow[], coefficients: readonly Float32Array[]): void {
  if (coefficients.length !== rows.length)
    throw invalid("There must be coefficients for every row.", coefficients.length, `Give ${rows.length} of them.`);
  rows.forEach(({ tokens }, r) => {
    const given = coefficients[r]!;
    if (given.length !== tokens.length) {
      throw invalid(
        `Row ${r} has ${tokens.length} tokens and another number of coefficients.`,
        given.length,
        "Give one for every token; 0 where a token does not count.",
      );
    }
    const wrong = given.subarray(1).findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) return;
    throw invalid(
      `Coefficient ${wrong + 1} of row ${r} is not a finite number.`,
      given[wrong + 1],
      "Look for rewards or log-probabilities that are not finite.",
    );
  });
}

/** Indices of the rows with a coefficient that is not zero; the first token's is not read. */
export function contributing(coefficients: readonly Float32Array[]): number[] {
  return coefficients.flatMap((given, r) => (given.subarray(1).some((value) => value !== 0) ? [r] : []));
}

function invalid(what: string, value: unknown, fix: string): TouchstoneError {
  return new TouchstoneError({ code: "invalid-batch", family: "input", what, value, fix });
}
