import { TouchstoneError } from "@touchstone/core";

/** Reads the value of a flag, `before` being what the same flag gave earlier on the line. Throws `bad-value`. */
type Reader<T> = (value: string, before: T | undefined) => T;

/** A flag that may be repeated, and may hold a list with commas. */
export function names(flag: string): Reader<readonly string[]> {
  return (value, before = []) => {
    const found = parts(value).filter((name) => name !== "");
    if (found.length === 0) throw badValue(flag, "at least one name", value);
    return [...before, ...found];
  };
}

/** Whole numbers from 0, of a flag that may be repeated, and may hold a list with commas. */
export function wholes(flag: string): Reader<readonly number[]> {
  return (value, before = []) => [...before, ...parts(value).map((part) => whole(flag, 0)(part))];
}

/** A whole number of at least `least`. */
export function whole(flag: string, least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value.trim()) && Number.isSafeInteger(number) && number >= least) return number;
    throw badValue(flag, `a whole number of at least ${least}`, value);
  };
}

export function decimal(flag: string): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() !== "" && Number.isFinite(number)) return number;
    throw badValue(flag, "a number", value);
  };
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

function parts(value: string): string[] {
  return value.split(",").map((part) => part.trim());
}

function badValue(flag: string, takes: string, value: string): TouchstoneError {
  return new TouchstoneError({
    code: "bad-value",
    family: "usage",
    what: `The flag ${flag} takes ${takes}.`,
    value,
    fix: "Correct it, or see the command's `--help`.",
  });
}
