import type { Decoding, LanguageModel, Problem, Sample } from "@touchstone/core";
import { mean, quantile } from "@touchstone/stats";
import { meanMeasure } from "./measures.ts";
import type { Measure } from "./parity.ts";

/**
 * Where two responses part: the number of leading tokens that they share, or of leading UTF-16 units where a backend does not say its
 * tokens; undefined where they are the same.
 */
export function firstDifference(a: Sample, b: Sample, byToken: boolean): number | undefined {
  const [first, second]: [ArrayLike<number | string>, ArrayLike<number | string>] = byToken
    ? [a.tokens, b.tokens]
    : [a.text, b.text];
  const shared = Math.min(first.length, second.length);
  for (let i = 0; i < shared; i++) if (first[i] !== second[i]) return i;
  return first.length === second.length ? undefined : shared;
}

/** The first `count` samples of every problem, in order. */
export async function drawn(
  model: LanguageModel,
  problems: readonly Problem[],
  decoding: Decoding,
  { count, seed, signal }: { readonly count: number; readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<readonly (readonly Sample[])[]> {
  const samples = problems.map((): Sample[] => []);
  const requests = problems.map((problem) => ({ problem, first: 0, count, seed, decoding }));
  for await (const batch of model.sample(requests, signal ? { signal } : {})) {
    samples[batch.request]!.push(...batch.samples.filter(({ index }) => index < count));
  }
  for (const list of samples) list.sort((x, y) => x.index - y.index);
  return samples;
}

/** The share of responses that are the same, and where the others part. `measure`: `greedy` or `drawn`. */
export function agreementMeasures(
  measure: string,
  a: readonly (readonly Sample[])[],
  b: readonly (readonly Sample[])[],
  clusters: readonly string[],
  byToken: boolean,
): Measure[] {
  const parted = a.map((ofProblem, p) =>
    ofProblem.flatMap((sample, i) => {
      const other = b[p]?.[i];
      return other ? [{ at: firstDifference(sample, other, byToken) }] : [];
    }),
  );
  const all = parted.flat().flatMap(({ at }) => (at === undefined ? [] : [at]));
  const shares = parted.map((pairs) => mean(pairs.map(({ at }) => (at === undefined ? 1 : 0))));
  const share = meanMeasure({ measure: `${measure}-identical`, statistic: "share", unit: "share" }, shares, clusters);
  return [
    { ...share, low: Math.max(0, share.low), high: Math.min(1, share.high), n: parted.flat().length },
    {
      measure: `${measure}-first-difference`,
      statistic: "median",
      unit: byToken ? "tokens" : "characters",
      value: quantile(all, 0.5),
      low: Number.NaN,
      high: Number.NaN,
      n: all.length,
    },
  ];
}
