import type { Drawn } from "@touchstone/core";
import { TOY_PROBLEM } from "./drawn-view.ts";

/** A drawn sample that has what is given, and else nothing to tell: an unparsable text without tokens or statistics. */
export function drawnSample(given: Partial<Drawn>): Drawn {
  const none = new Float32Array();
  return {
    id: given.text ?? "",
    problem: TOY_PROBLEM,
    text: "",
    tokenCount: given.text?.length ?? 0,
    answer: -1,
    truncated: false,
    finish: "end",
    logProbability: 0,
    entropy: 0,
    selfCertainty: 0,
    lineEnds: new Int32Array(),
    statistics: {
      logProbability: none,
      decodingLogProbability: none,
      entropy: none,
      selfCertainty: none,
      gini: none,
      topConfidence: none,
    },
    ...given,
  };
}
