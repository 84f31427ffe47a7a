import type { TokenStatistics } from "@touchstone/core";

/** The graphs' names of the statistics. */
const outputNames = {
  logProbability: "log_probability",
  decodingLogProbability: "decoding_log_probability",
  entropy: "entropy",
  selfCertainty: "self_certainty",
  gini: "gini",
  topConfidence: "top_confidence",
} as const satisfies Record<keyof TokenStatistics, string>;

type Name = keyof TokenStatistics;

/** All statistics, each made from its name and the name of the graph's output. */
export function statisticsBy(make: (name: Name, output: string) => Float32Array): TokenStatistics {
  const of = (name: Name) => make(name, outputNames[name]);
  return {
    logProbability: of("logProbability"),
    decodingLogProbability: of("decodingLogProbability"),
    entropy: of("entropy"),
    selfCertainty: of("selfCertainty"),
    gini: of("gini"),
    topConfidence: of("topConfidence"),
  };
}
