import type { Stream } from "@touchstone/core";

/** A whole number, uniform, `low` and `high` included. */
export function between(random: Stream, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

export function pick<T>(random: Stream, from: readonly T[]): T {
  const chosen = from[random.integer(from.length)];
  if (chosen === undefined) throw new RangeError("cannot pick from an empty list");
  return chosen;
}
