import { TouchstoneError } from "@touchstone/core";
import type { ResponseRow } from "./likelihood-training.ts";

/** @throws TouchstoneError `invalid-batch` unless the row has at least one token of the prompt and one of the response */
export function checkResponse({ tokens, promptLength }: ResponseRow, name: string): void {
  if (Number.isSafeInteger(promptLength) && promptLength >= 1 && promptLength < tokens.length) return;
  throw invalidBatch(
    `${name} has no prompt or no response: its prompt is ${promptLength} of ${tokens.length} tokens.`,
    promptLength,
    "Give rows of at least one token of the prompt and one of the response.",
  );
}

/** @throws TouchstoneError `invalid-batch` unless `values` are finite, one for each token of the response */
export function checkPerToken(
  { tokens, promptLength }: ResponseRow,
  values: Float32Array,
  name: string,
  kind: string,
): void {
  const response = tokens.length - promptLength;
  if (values.length !== response) {
    throw invalidBatch(
      `${name} has ${response} response tokens and another number of ${kind} log-probabilities.`,
      values.length,
      "Give one for every token of the response, the end token included, none for the prompt.",
    );
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw invalidBatch(
      `A ${kind} log-probability of ${name.toLowerCase()} is not a finite number.`,
      values[wrong],
      "Leave out responses that the policy could not have drawn.",
    );
  }
}

/** Σ over a list, in its order. */
export function sumOf<T>(list: readonly T[], value: (item: T, i: number) => number): number {
  return list.reduce((sum, item, i) => sum + value(item, i), 0);
}

export function invalidBatch(what: string, value: unknown, fix: string): TouchstoneError {
  return new TouchstoneError({ code: "invalid-batch", family: "input", what, value: readable(value), fix });
}

/** An option outside its range. */
export function invalidTraining(name: string, value: unknown, rule: string): TouchstoneError {
  return new TouchstoneError({
    code: "invalid-training",
    family: "usage",
    what: `\`${name}\` must be ${rule}.`,
    value: readable(value),
    fix: `Give ${name} as ${rule}.`,
  });
}

/** NaN and infinities, which JSON has no words for. */
function readable(value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
