import type { Decoding, ProblemView } from "@touchstone/core";
import { decodingLaw, randomConditional, toyPolicy, type ExactResponse } from "@touchstone/testkit";
import { logAcceptance, type Acceptance } from "../src/acceptance.ts";
import { cutCount, keptTokens } from "../src/kernel.ts";

export const VOCABULARY = ["1", "2", "\n"];
export const PLAIN: Decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: 4, stop: [] };

const conditional = randomConditional(5, VOCABULARY.length);
export const policy = toyPolicy({ vocabulary: VOCABULARY, conditional });
export const MESSAGES: ProblemView["messages"] = [{ role: "user", content: "q" }];

/** A reward of many different values that likes neither what the policy likes nor a length; −1.7 … 1.7. */
export function rewardOf(text: string): number {
  return Array.from(text, (character, i) => (character === "1" ? 0.9 : -0.4) * Math.cos(i)).reduce((a, b) => a + b, 0);
}

/** A response with all that a ratio reads, in full precision. */
export interface Exact extends ExactResponse {
  readonly tokenCount: number;
  readonly lineEnds: Int32Array;
  readonly reward: number;
  readonly statistics: { readonly logProbability: number[]; readonly decodingLogProbability: number[] };
}

/** Every response under a decoding law. */
export function everyResponse(decoding: Decoding): Exact[] {
  return policy.responses(MESSAGES, decoding).map((response) => {
    const logProbability: number[] = [];
    const decodingLogProbability: number[] = [];
    response.tokens.forEach((token, position) => {
      const before = response.tokens.slice(0, position).map((one) => VOCABULARY[one]!);
      const law = conditional("q", before.join(""));
      logProbability.push(Math.log(law[token]!));
      decodingLogProbability.push(Math.log(decodingLaw(law, decoding)[token]!));
    });
    return {
      ...response,
      tokenCount: response.tokens.length,
      lineEnds: policy.lineEnds(Int32Array.from(response.tokens), "\n"),
      reward: rewardOf(response.text),
      statistics: { logProbability, decodingLogProbability },
    };
  });
}

/** One way to get a proposal: from which state, to which, how probably, and with which probability it is accepted. */
interface Proposal {
  readonly from: number;
  readonly to: number;
  readonly proposed: number;
  readonly accepted: number;
}

/** Every cut of every state with every response that may follow it, judged by the acceptance that chains use. */
function* proposals(states: readonly Exact[], acceptance: Acceptance): Generator<Proposal> {
  const massAfter = new Map<string, number>();
  for (const { tokens, probability } of states) {
    for (let kept = 0; kept <= tokens.length; kept++) {
      const key = tokens.slice(0, kept).join();
      massAfter.set(key, (massAfter.get(key) ?? 0) + probability);
    }
  }
  const { kernel } = acceptance;
  for (const [i, from] of states.entries()) {
    const cuts = cutCount(kernel, from);
    for (let keep = 0; keep < cuts; keep++) {
      const kept = kernel === "independence" ? 0 : keptTokens(kernel, from, keep);
      const prefix = from.tokens.slice(0, kept);
      for (const [j, to] of states.entries()) {
        if (!prefix.every((token, position) => to.tokens[position] === token)) continue;
        const proposed = to.probability / massAfter.get(prefix.join())! / cuts;
        yield { from: i, to: j, proposed, accepted: Math.exp(logAcceptance(acceptance, from, to, kept)) };
      }
    }
  }
}

/** K[y][y′], the exact probability of one step. */
export function transitionMatrix(states: readonly Exact[], acceptance: Acceptance): Float64Array[] {
  const matrix = states.map(() => new Float64Array(states.length));
  for (const { from, to, proposed, accepted } of proposals(states, acceptance)) {
    matrix[from]![to]! += proposed * accepted;
    matrix[from]![from]! += proposed * (1 - accepted);
  }
  return matrix;
}

/** For each state, the exact probability that the next proposal is accepted. */
export function acceptanceRates(states: readonly Exact[], acceptance: Acceptance): Float64Array {
  const rates = new Float64Array(states.length);
  for (const { from, proposed, accepted } of proposals(states, acceptance)) rates[from]! += proposed * accepted;
  return rates;
}

export function normalised(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The law after one more step. */
export function after(law: readonly number[], matrix: readonly Float64Array[]): number[] {
  return law.map((_, j) => law.reduce((sum, p, i) => sum + p * matrix[i]![j]!, 0));
}
