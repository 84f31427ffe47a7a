/** Similarities are counted in steps of 2⁻⁴⁰, so that their sums are whole numbers below 2⁵³ and exact in any order. */
const STEPS = 2 ** 40;

/**
 * (1/N) Σ_j u(i, j) for each of N samples, itself included: the expected utility of minimum Bayes risk, with the samples as the
 * law. `similarity` is symmetric and in [0, 1]; it is asked once per pair. Rounded to 2⁻⁴⁰; the result does not depend on the
 * order of the samples to the last bit. N at most 4,096.
 */
export function meanSimilarities(size: number, similarity: (i: number, j: number) => number): Float64Array {
  if (size > 4096) throw new RangeError(`meanSimilarities takes at most 4096 samples, received ${size}`);
  const sums = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = sums[i]! + Math.round(similarity(i, i) * STEPS);
    for (let j = i + 1; j < size; j++) {
      const steps = Math.round(similarity(i, j) * STEPS);
      sum += steps;
      sums[j]! += steps;
    }
    sums[i] = sum;
  }
  for (let i = 0; i < size; i++) sums[i]! /= STEPS * size;
  return sums;
}
