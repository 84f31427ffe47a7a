import type { Decoding, ModelIdentity, Sample, TokenStatistics } from "@touchstone/core";
import type { ImportedResponse } from "./responses.ts";

/** Token id of a token of which only the number is known. */
const UNKNOWN_TOKEN = -1;

/**
 * A recorded response as the pool keeps a sample. Of its tokens at most the number is known: their ids are −1 and all their
 * statistics NaN. Where not even the number is, there are no tokens, which no drawn response has, and NaN stands once, so
 * that sums are NaN too. A response at the decoding's cap counts as cut.
 */
export function poolSample(response: ImportedResponse, index: number, { maxTokens }: Decoding): Sample {
  const { text, tokens } = response;
  return {
    index,
    text,
    tokens: new Int32Array(tokens ?? 0).fill(UNKNOWN_TOKEN),
    prefixLength: 0,
    finish: tokens !== undefined && tokens >= maxTokens ? "length" : "end",
    statistics: unknownStatistics(tokens ?? 1),
  };
}

function unknownStatistics(length: number): TokenStatistics {
  const unknown = (): Float32Array => new Float32Array(length).fill(Number.NaN);
  return {
    logProbability: unknown(),
    decodingLogProbability: unknown(),
    entropy: unknown(),
    selfCertainty: unknown(),
    gini: unknown(),
    topConfidence: unknown(),
  };
}

/** The policy, or the reward model, whose work a file records: its content stands for weights, runtime and graph. */
export function recordedIdentity(name: string, content: string): ModelIdentity {
  const recorded = "recorded";
  return {
    name,
    revision: content,
    dtype: recorded,
    templateHash: recorded,
    provider: recorded,
    runtime: recorded,
    // Two reward models of one file must not be one.
    graphHash: `${recorded}:${name}`,
    tile: 1,
  };
}
