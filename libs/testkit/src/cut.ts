import type { Cut, Sample } from "@touchstone/core";

/** The kept tokens of a response; the end and what follows the last full line cannot be kept by lines. */
export function cutTokens(sample: Sample, { unit, keep }: Cut, vocabulary: readonly string[]): number[] {
  const body = Array.from(sample.tokens).filter((token) => token < vocabulary.length);
  if (unit === "token") {
    if (keep > body.length) throw new RangeError(`cannot keep ${keep} of ${body.length} tokens`);
    return body.slice(0, keep);
  }
  const ends = body.flatMap((token, position) => (vocabulary[token] === "\n" ? [position + 1] : []));
  if (keep > ends.length) throw new RangeError(`cannot keep ${keep} of ${ends.length} lines`);
  return body.slice(0, keep === 0 ? 0 : ends[keep - 1]);
}
