import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { maxAtK } from "../src/index.ts";

/** PKPO's published recurrences for the leave-one-out advantages, ascending rewards, 0-based; from a transcription of its listing. */
function publishedLeaveOneOut(g: readonly number[], k: number): number[] {
  const size = g.length;
  const value = normed(g, k);
  const rest = baseline(g, k - 1);
  return value.map((s, i) => s - (rest[i]! * k) / ((k - 1) * size));
}

function diagonal(size: number, k: number): number[] {
  return Array.from({ length: size }, (_, i) => {
    if (i < k - 1) return 0;
    let product = k / (size - k + 1);
    for (let a = 0; a <= k - 2; a++) product *= (i - k + 2 + a) / (size - k + 2 + a);
    return product;
  });
}

/** Of column j > i, the same for every i. */
function above(size: number, k: number, j: number): number {
  if (k < 2 || j < k - 1) return 0;
  let product = ((k / (size - k + 1)) * (k - 1)) / size;
  for (let a = 0; a <= k - 3; a++) product *= (j - k + 2 + a) / (size - k + 2 + a);
  return product;
}

function normed(g: readonly number[], k: number): number[] {
  const size = g.length;
  const onDiagonal = diagonal(size, k);
  return g.map((own, i) => {
    let sum = onDiagonal[i]! * own;
    for (let j = i + 1; j < size; j++) sum += above(size, k, j) * g[j]!;
    return sum;
  });
}

/** Σ over subsets of k − 1 of the others of their maximum, in the listing's normalisation: the value of the group without i. */
function baseline(g: readonly number[], k: number): number[] {
  return g.map((_, i) =>
    normed(
      g.filter((__, j) => j !== i),
      k,
    ).reduce((a, b) => a + b, 0),
  );
}

test.each([
  [6, 2],
  [6, 3],
  [6, 6],
  [9, 4],
])("groups of %i with k = %i agree with the published recurrences", (size, k) => {
  const random = stream(7, "listing", size, k);
  const sorted = Array.from({ length: size }, () => random.normal()).toSorted((a, b) => a - b);
  const expected = publishedLeaveOneOut(sorted, k);
  const received = maxAtK.advantages(Float64Array.from(sorted), { k, n: 64 });
  for (let i = 0; i < size; i++) expect(received[i]).toBeCloseTo(expected[i]!, 13);
});
