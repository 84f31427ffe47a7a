import { TouchstoneError, type Selection } from "@touchstone/core";

/** Sums of weights may differ from 1 by rounding. */
const TOLERANCE = 1e-9;

/** Throws `invalid-decision` unless the weights are non-negative, as many as the samples, and add up to 1. */
export function checkSelection(method: string, selection: Selection, size: number): void {
  if (selection.kind === "abstained") return;
  const { weights } = selection;
  const sum = checkedSum(method, weights, size);
  if (Math.abs(sum - 1) > TOLERANCE) throw brokenContract(method, `its weights add up to ${sum}, not to 1`);
}

/** Throws `invalid-decision` unless the weights are non-negative, as many as the pool's samples, and add up to at most 1. */
export function checkExpectation(method: string, weights: Float64Array, size: number): void {
  const sum = checkedSum(method, weights, size);
  if (sum > 1 + TOLERANCE) throw brokenContract(method, `its expected weights add up to ${sum}, more than 1`);
}

function checkedSum(method: string, weights: Float64Array, size: number): number {
  if (weights.length !== size) throw brokenContract(method, `it gave ${weights.length} weights for ${size} samples`);
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const weight = weights[i]!;
    // Also catches NaN.
    if (!(weight >= 0)) throw brokenContract(method, `it gave the weight ${weight}`);
    sum += weight;
  }
  return sum;
}

export function brokenContract(method: string, why: string): TouchstoneError {
  return new TouchstoneError({
    code: "invalid-decision",
    family: "internal",
    what: `The method ${method} broke its contract: ${why}.`,
    fix: "This is an error in the method; hold it against the contract suite of testkit.",
  });
}
