import type { Stream } from "@touchstone/core";
import { mean } from "./descriptive.ts";

/** A choice among `m` things on one item that has a label. */
export interface LabelledChoice {
  readonly label: string;
  /** Probabilities of the choices, sum 1; a certain choice has a single 1. */
  readonly shares: ArrayLike<number>;
}

/**
 * How much a choice says about the label of its item: I = Σ p(l, c)·log₂ (p(l, c)/(p(l) p(c))) bits over the empirical joint
 * law (plug-in; biased upward by about (L − 1)(C − 1)/(2 n ln 2), Miller 1955: hold it against `permutedInformation`).
 * `pointwise[i]` is Σ_c shares_i(c)·log₂(…) of item i; its mean is I, and its standard error over items that of I
 * by the delta method.
 */
export function mutualInformation(items: readonly LabelledChoice[]): {
  readonly bits: number;
  readonly pointwise: Float64Array;
} {
  const choices = items[0]?.shares.length ?? 0;
  const marginal = new Float64Array(choices);
  const joint = new Map<string, { count: number; readonly shares: Float64Array }>();
  for (const { label, shares } of items) {
    let row = joint.get(label);
    if (!row) joint.set(label, (row = { count: 0, shares: new Float64Array(choices) }));
    row.count++;
    for (let c = 0; c < choices; c++) {
      row.shares[c]! += shares[c]!;
      marginal[c]! += shares[c]! / items.length;
    }
  }
  const pointwise = Float64Array.from(items, ({ label, shares }) => {
    const row = joint.get(label)!;
    let sum = 0;
    for (let c = 0; c < choices; c++) {
      // p(c | l)/p(c); a choice without weight says nothing.
      if (shares[c]! > 0) sum += shares[c]! * Math.log2(row.shares[c]! / row.count / marginal[c]!);
    }
    return sum;
  });
  return { bits: items.length > 0 ? mean(pointwise) : Number.NaN, pointwise };
}

/**
 * Mutual information after labels were shuffled, once a permutation: what chance alone gives. Items of one cluster share
 * their label, so labels are shuffled among clusters.
 */
export function permutedInformation(
  items: readonly (LabelledChoice & { readonly cluster: string })[],
  random: Stream,
  permutations: number,
): Float64Array {
  const labels = new Map(items.map(({ cluster, label }) => [cluster, label]));
  const clusters = [...labels.keys()];
  return Float64Array.from({ length: permutations }, () => {
    const order = random.permutation(clusters.length);
    const shuffled = new Map(clusters.map((cluster, i) => [cluster, labels.get(clusters[order[i]!]!)!]));
    return mutualInformation(items.map(({ shares, cluster }) => ({ label: shuffled.get(cluster)!, shares }))).bits;
  });
}
