import type { Decoding, FinishReason } from "@touchstone/core";

/**
 * The next-token law of a toy policy: the probabilities of each token of the vocabulary and, last, of the end, after `prefix`
 * in answer to `prompt`. All positive, sum 1.
 */
export type Conditional = (prompt: string, prefix: string) => readonly number[];

/** A response with its exact probability. */
export interface ExactResponse {
  readonly tokens: readonly number[];
  /** Without the end, and cut before a stop string. */
  readonly text: string;
  readonly finish: FinishReason;
  /** Under the decoding law. */
  readonly probability: number;
  /** Sum of token log-probabilities at temperature 1, the end included. */
  readonly logProbability: number;
}

/**
 * The law that a token is drawn from: temperature, then top-k, then top-p, renormalised. Ties at the edge of top-k keep the
 * lower token; top-p keeps the fewest tokens, most probable first, whose probability reaches p. Temperature 0 is a point mass
 * on the most probable token.
 */
export function decodingLaw(
  law: readonly number[],
  decoding: Pick<Decoding, "temperature" | "topK" | "topP">,
): number[] {
  const ranked = law.map((_, token) => token).toSorted((a, b) => law[b]! - law[a]! || a - b);
  if (decoding.temperature === 0) return law.map((_, token) => Number(token === ranked[0]));
  const highest = law[ranked[0]!]!;
  const tempered = normalise(law.map((p) => (p / highest) ** (1 / decoding.temperature)));
  const kept = new Set(decoding.topK > 0 ? ranked.slice(0, decoding.topK) : ranked);
  const truncated = normalise(tempered.map((p, token) => (kept.has(token) ? p : 0)));
  if (decoding.topP >= 1) return truncated;
  const nucleus = new Set<number>();
  let mass = 0;
  for (const token of ranked) {
    if (mass >= decoding.topP) break;
    nucleus.add(token);
    mass += truncated[token]!;
  }
  return normalise(truncated.map((p, token) => (nucleus.has(token) ? p : 0)));
}

/** Every response of positive probability that extends `prefix`, with probabilities given that prefix: they sum to 1. */
export function enumerateResponses(
  vocabulary: readonly string[],
  conditional: Conditional,
  prompt: string,
  decoding: Decoding,
  prefix: readonly number[] = [],
): ExactResponse[] {
  const end = vocabulary.length;
  const responses: ExactResponse[] = [];
  const visit = (tokens: readonly number[], text: string, probability: number, logProbability: number) => {
    const stop = tokens.length > prefix.length ? decoding.stop.find((one) => text.endsWith(one)) : undefined;
    if (stop !== undefined) {
      responses.push({ tokens, text: text.slice(0, -stop.length), finish: "stop", probability, logProbability });
      return;
    }
    if (tokens.length >= decoding.maxTokens) {
      responses.push({ tokens, text, finish: "length", probability, logProbability });
      return;
    }
    const law = checkedLaw(conditional(prompt, text), end + 1, prompt, text);
    decodingLaw(law, decoding).forEach((chance, token) => {
      if (chance === 0) return;
      const next = [...tokens, token];
      const p = probability * chance;
      const logP = logProbability + Math.log(law[token]!);
      if (token === end) responses.push({ tokens: next, text, finish: "end", probability: p, logProbability: logP });
      else visit(next, text + vocabulary[token]!, p, logP);
    });
  };
  visit(prefix, prefix.map((token) => vocabulary[token]!).join(""), 1, 0);
  return responses;
}

export function checkedLaw(law: readonly number[], size: number, prompt: string, prefix: string): readonly number[] {
  const sum = law.reduce((a, b) => a + b, 0);
  if (law.length !== size || law.some((p) => !(p > 0)) || Math.abs(sum - 1) > 1e-9) {
    throw new Error(
      `after ${JSON.stringify(prefix)} to ${JSON.stringify(prompt)} the toy policy needs ${size} positive probabilities with sum 1, received [${law.join(", ")}]`,
    );
  }
  return law;
}

function normalise(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
