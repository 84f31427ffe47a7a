import type { Cut } from "@touchstone/core";

/** What a cut needs to know of a response. */
export interface Cuttable {
  readonly tokens: Int32Array;
  readonly finish: "end" | "stop" | "length";
  readonly lineEnds: Int32Array;
}

/** The kept tokens of a response. The end can't be kept, and lines only up to where the last one ends. */
export function cutTokens({ tokens, finish, lineEnds }: Cuttable, { unit, keep }: Cut): Int32Array {
  const most = unit === "line" ? lineEnds.length : tokens.length - (finish === "end" ? 1 : 0);
  if (!Number.isInteger(keep) || keep < 0 || keep > most)
    throw new RangeError(`cannot keep ${keep} of ${most} ${unit}s`);
  if (unit === "token") return tokens.slice(0, keep);
  return tokens.slice(0, keep === 0 ? 0 : lineEnds[keep - 1]);
}
