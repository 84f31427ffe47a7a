import { TouchstoneError } from "./errors.ts";
import type { Cut } from "./method.ts";
import type { FinishReason, TokenStatistics } from "./sample.ts";

/** What a cut needs to know of a response. */
interface Cuttable {
  readonly tokens: Int32Array;
  readonly finish: FinishReason;
  readonly lineEnds: Int32Array;
}

/**
 * The kept tokens of a response. The end token cannot be kept, and lines only up to where the last one ends. Throws
 * `impossible-cut`.
 */
export function cutTokens({ tokens, finish, lineEnds }: Cuttable, { unit, keep }: Cut): Int32Array {
  const most = unit === "line" ? lineEnds.length : tokens.length - (finish === "end" ? 1 : 0);
  if (!Number.isInteger(keep) || keep < 0 || keep > most) {
    throw new TouchstoneError({
      code: "impossible-cut",
      family: "internal",
      what: `A procedure wanted to keep so many ${unit}s of a response that has ${most} to keep.`,
      value: keep,
      fix: "This is an error in the method: cut between 0 and what the response has.",
    });
  }
  if (unit === "token") return tokens.slice(0, keep);
  return tokens.slice(0, keep === 0 ? 0 : lineEnds[keep - 1]);
}

/** Statistics of a response that keeps the first `keep` tokens of one and goes on with those drawn anew. */
export function joinedStatistics(
  before: TokenStatistics | undefined,
  keep: number,
  drawn: TokenStatistics,
): TokenStatistics {
  if (!before || keep === 0) return drawn;
  const join = (name: keyof TokenStatistics): Float32Array => {
    const values = new Float32Array(keep + drawn[name].length);
    values.set(before[name].subarray(0, keep));
    values.set(drawn[name], keep);
    return values;
  };
  return {
    logProbability: join("logProbability"),
    decodingLogProbability: join("decodingLogProbability"),
    entropy: join("entropy"),
    selfCertainty: join("selfCertainty"),
    gini: join("gini"),
    topConfidence: join("topConfidence"),
  };
}
