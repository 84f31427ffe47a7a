import type { Answer, Extractor } from "@touchstone/core";

/**
 * For open-ended requests, which have no short answer: the whole response is its own answer, spaces at the ends of lines and blank
 * lines aside. Case counts, since a request can ask for it. Two responses agree only where they say the same, so that voting
 * chooses the most frequent response.
 */
export const wholeText: Extractor = {
  name: "whole-text",
  extract(response): Answer {
    const lines = response
      .split("\n")
      .map((line) => line.trim().replaceAll(/\s+/g, " "))
      .filter((line) => line !== "");
    return lines.length === 0 ? { kind: "unparsable" } : { kind: "answer", key: lines.join("\n") };
  },
};
