import { TouchstoneError } from "@touchstone/core";

/** Values of a flag that may be repeated, and may hold a list with commas. */
export function listed(value: string, before: readonly string[] | undefined): readonly string[] {
  const names = value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0)
    throw badValue("This flag needs at least one name.", value, "Give names, with commas between.");
  return [...(before ?? []), ...names];
}

/** Whole numbers of a flag that may be repeated, and may hold a list with commas. */
export function wholeNumbers(value: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), ...value.split(",").map((part) => wholeFrom(0)(part))];
}

/** A whole number of at least `least`. */
export function wholeFrom(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value.trim()) && Number.isSafeInteger(number) && number >= least) return number;
    throw badValue(`This flag takes a whole number of at least ${least}.`, value, `Give ${least}, or more.`);
  };
}

export function decimal(value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && Number.isFinite(number)) return number;
  throw badValue("This flag takes a number.", value, "Give a number such as 0.7.");
}

export const DEVICES = ["cpu", "webgpu", "cuda", "auto"] as const;
export type Device = (typeof DEVICES)[number];

export function device(value: string): Device {
  const known = DEVICES.find((name) => name === value);
  if (known !== undefined) return known;
  throw new TouchstoneError({
    code: "unknown-device",
    family: "usage",
    what: "There is no such device.",
    value,
    fix: `Choose one of: ${DEVICES.join(", ")}.`,
  });
}

function badValue(what: string, value: string, fix: string): TouchstoneError {
  return new TouchstoneError({ code: "bad-value", family: "usage", what, value, fix });
}
