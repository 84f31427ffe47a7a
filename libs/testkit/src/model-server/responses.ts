import { randomInt } from "node:crypto";
import type { Decoding } from "@touchstone/core";
import { lawOver, type PolicyResponse, type ServedPolicy } from "./served-policy.ts";
import type { Flavour } from "./settings.ts";

/** A request for responses, of whichever endpoint. */
export interface Wanted {
  readonly prompt: readonly number[];
  readonly n: number;
  readonly seed: number;
  readonly decoding: Decoding;
  /** Most probable tokens to list; −1: no log-probabilities at all. */
  readonly top: number;
}

/** A response with what a server of its kind tells about its tokens. */
export interface Told extends PolicyResponse {
  readonly pieces: readonly string[];
  readonly logProbabilities: readonly number[];
  /** At each token the most probable ones, highest first. Empty lists where a response is long: see {@link LISTED}. */
  readonly top: readonly (readonly { readonly id: number; readonly piece: string; readonly value: number }[])[];
}

/** Tokens of a response for which others are listed too: each costs a forward pass over the whole vocabulary. */
const LISTED = 1;

export function wantedOf(body: Readonly<Record<string, unknown>>, prompt: readonly number[]): Wanted {
  const number = (key: string, otherwise: number) => (typeof body[key] === "number" ? body[key] : otherwise);
  const { stop } = body;
  const topK = number("top_k", 0);
  return {
    prompt,
    n: number("n", 1),
    seed: number("seed", randomInt(2 ** 31 - 1)),
    top: -1,
    decoding: {
      temperature: number("temperature", 1),
      topK: topK < 0 ? 0 : topK,
      topP: number("top_p", 1),
      maxTokens: number("max_tokens", number("max_new_tokens", 16)),
      stop: typeof stop === "string" ? [stop] : Array.isArray(stop) ? (stop as string[]) : [],
    },
  };
}

export async function respond(policy: ServedPolicy, flavour: Flavour, wanted: Wanted): Promise<Told[]> {
  const { prompt, n, seed, decoding, top } = wanted;
  const { maxTokens, ...law } = decoding;
  const drawn = await policy.draw({ prompt, n, seed, maxTokens, ...law });
  return Promise.all(
    drawn.map(async (response): Promise<Told> => {
      const whole = top > 0 && maxTokens <= LISTED ? await laws(policy, flavour, wanted, response) : undefined;
      return {
        ...response,
        pieces: response.tokens.map((token) => policy.decode([token], true)),
        logProbabilities: whole
          ? response.tokens.map((token, t) => whole[t]![token]!)
          : chosen(flavour, decoding, response),
        top: response.tokens.map((_, t) => (whole ? highest(policy, whole[t]!, top) : [])),
      };
    }),
  );
}

/** Of which law a kind of server tells the log-probabilities of drawn tokens. */
function lawTold(flavour: Flavour, { temperature, ...truncation }: Decoding): Parameters<typeof lawOver>[1] {
  const none = { topK: 0, topP: 1 };
  if (temperature === 0) return { temperature: 1, ...none };
  // SGLang: after the temperature, before truncation. TGI: after both. The others: of the model alone.
  if (flavour === "sglang") return { temperature, ...none };
  return flavour === "tgi" ? { temperature, ...truncation } : { temperature: 1, ...none };
}

function chosen(flavour: Flavour, decoding: Decoding, { statistics }: PolicyResponse): number[] {
  const law = lawTold(flavour, decoding);
  const ofModel = law.temperature === 1 && law.topK === 0 && law.topP === 1;
  const ofDecoding =
    law.temperature === decoding.temperature && law.topK === decoding.topK && law.topP === decoding.topP;
  if (ofModel) return Array.from(statistics.logProbability);
  if (ofDecoding) return Array.from(statistics.decodingLogProbability);
  throw new Error("the test server tells log-probabilities of this law for short responses with `logprobs` only");
}

function laws(policy: ServedPolicy, flavour: Flavour, { prompt, decoding }: Wanted, { tokens }: PolicyResponse) {
  const law = lawTold(flavour, decoding);
  return Promise.all(
    tokens.map(async (_, t) => lawOver(await policy.following([...prompt, ...tokens.slice(0, t)]), law)),
  );
}

function highest(policy: ServedPolicy, distribution: Float64Array, count: number): Told["top"][number] {
  return Array.from(distribution.keys())
    .toSorted((a, b) => distribution[b]! - distribution[a]!)
    .slice(0, count)
    .filter((id) => distribution[id]! > Number.NEGATIVE_INFINITY)
    .map((id) => ({ id, piece: policy.decode([id], true), value: distribution[id]! }));
}
