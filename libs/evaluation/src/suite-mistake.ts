import { TouchstoneError, type ErrorDetails } from "@touchstone/core";

/** A mistake in a suite. */
export function mistake(details: Omit<ErrorDetails, "family">): TouchstoneError {
  return new TouchstoneError({ family: "usage", ...details });
}

export function badBudget(value: unknown): TouchstoneError {
  return mistake({
    code: "bad-budget",
    what: "A budget in samples is a whole number of at least 1.",
    value,
    fix: "Give budgets such as `--budgets 1,4,16,64`.",
  });
}
