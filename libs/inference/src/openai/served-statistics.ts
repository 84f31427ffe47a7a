import type { Decoding, TokenStatistics } from "@touchstone/core";
import { lawOf } from "../decoding.ts";
import { statisticsBy } from "../statistics.ts";
import type { LogProbabilityLaw } from "./probe.ts";

/**
 * What a server's log-probabilities of the drawn tokens tell: that at temperature 1, and that of the decoding, where the server's law is
 * the one or the other; NaN elsewhere. What only a whole distribution tells is NaN always: the most probable tokens are not all.
 */
export function servedStatistics(
  values: readonly number[] | undefined,
  length: number,
  decoding: Decoding,
  law: LogProbabilityLaw,
): TokenStatistics {
  const given = values === undefined ? unknown(length) : Float32Array.from(values);
  const plain = lawOf(decoding) === "plain" && decoding.temperature === 1;
  const greedy = lawOf(decoding) === "greedy";
  const { temperature, topK, topP } = decoding;
  const truncated = topK !== 0 || topP !== 1;
  // Drawn without randomness, servers tell of temperature 1 or of nothing but the token itself.
  const ofRaw = plain || law === "raw" || (law === "tempered" && (temperature === 1 || greedy));
  const ofDecoding = plain || law === "decoding" || (law === "tempered" && !truncated);
  return statisticsBy((name) => {
    if (name === "logProbability") return ofRaw ? given.slice() : unknown(length);
    // Without randomness the token is certain.
    if (name === "decodingLogProbability") {
      if (greedy && values !== undefined) return new Float32Array(length);
      return ofDecoding ? given.slice() : unknown(length);
    }
    return unknown(length);
  });
}

function unknown(length: number): Float32Array {
  return new Float32Array(length).fill(Number.NaN);
}
