import type { Decoding, SampleRequest } from "@touchstone/core";
import { TouchstoneError } from "@touchstone/core";
import type { Law } from "@touchstone/graph";

/** Which of the graph's laws draws a decoding. */
export function lawOf({ temperature, topK, topP }: Decoding): Law {
  if (temperature === 0) return "greedy";
  return topK === 0 && topP === 1 ? "plain" : "truncated";
}

/** @throws TouchstoneError `invalid-decoding`, `invalid-request`, `context-too-long` */
export function checkRequest(request: SampleRequest, promptTokens: number, maximumPositions: number): void {
  const { temperature, topK, topP, maxTokens, stop } = request.decoding;
  if (!(Number.isFinite(temperature) && temperature >= 0)) refuse("temperature", temperature, "0 (greedy) or more");
  if (!(Number.isSafeInteger(topK) && topK >= 0)) refuse("topK", topK, "0 (no truncation) or a whole number");
  if (!(topP > 0 && topP <= 1)) refuse("topP", topP, "more than 0 and at most 1 (no truncation)");
  if (!(Number.isSafeInteger(maxTokens) && maxTokens >= 1))
    refuse("maxTokens", maxTokens, "a whole number of at least 1");
  if (stop.includes("")) refuse("stop", stop, "strings that are not empty");
  const { first, count } = request;
  if (!(Number.isSafeInteger(first) && first >= 0 && Number.isSafeInteger(count) && count >= 1)) {
    throw new TouchstoneError({
      code: "invalid-request",
      family: "usage",
      what: "A request draws samples first … first + count - 1, whole numbers with first >= 0 and count >= 1.",
      value: { first, count },
      fix: "Give a range of sample indices that holds at least one.",
    });
  }
  if (promptTokens + maxTokens > maximumPositions) {
    throw new TouchstoneError({
      code: "context-too-long",
      family: "input",
      what: `A prompt of ${promptTokens} tokens and a response of up to ${maxTokens} do not fit into the model's ${maximumPositions} positions.`,
      value: request.problem.id,
      fix: `Lower the length cap to ${Math.max(1, maximumPositions - promptTokens)} or less, or shorten the prompt.`,
    });
  }
}

function refuse(name: string, value: unknown, rule: string): never {
  throw new TouchstoneError({
    code: "invalid-decoding",
    family: "usage",
    what: `The decoding's ${name} must be ${rule}.`,
    value,
    fix: `Give ${name} as ${rule}.`,
  });
}
