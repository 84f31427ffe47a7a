import type { Stream } from "@touchstone/core";
import type { RewardLaw } from "./kernel-density.ts";
import { checkCount } from "./subsets.ts";

/** What further draws of one problem are worth: `next` is the gain of one more, after those already taken. */
export interface DrawValue {
  /** V_{k+1} − V_k ≥ 0, where k draws were taken. */
  readonly next: number;
  /** Takes one more draw. */
  take(): void;
}

/**
 * V_k = E[max(c, Z_1, …, Z_k)] = c + ∫_c^∞ (1 − F(x)^k) dx for k independent draws from a law with distribution function F: the
 * expected highest reward after k more draws, where c is the highest so far (AdaBoN, eq. 2, second-hand; the integral is our
 * derivation). Not decreasing and concave in k, also as computed here.
 */
export function valueOfDraws(law: RewardLaw, highest: number, k: number): number {
  checkCount("k", k, 0);
  const { weights, exceedance } = law.above(highest);
  return (
    highest + weights.reduce((total, weight, i) => total - weight * Math.expm1(k * Math.log1p(-exceedance[i]!)), 0)
  );
}

/** Gains by the integral: V_{k+1} − V_k = ∫_c^∞ F^k (1 − F) dx, the power kept from one draw to the next. */
export function exactValue(law: RewardLaw, highest: number): DrawValue {
  const { weights, exceedance } = law.above(highest);
  const terms = weights.map((weight, i) => weight * exceedance[i]!);
  let next = sum(terms);
  return {
    get next() {
      return next;
    },
    take() {
      for (let i = 0; i < terms.length; i++) terms[i]! *= 1 - exceedance[i]!;
      next = sum(terms);
    },
  };
}

/**
 * Gains as the paper computes them: V_k for k = 0 … `most` as means over `paths` simulated sequences of draws. Not decreasing,
 * but concave only up to the noise of the simulation.
 */
export function simulatedValue(
  law: RewardLaw,
  highest: number,
  most: number,
  paths: number,
  random: Stream,
): DrawValue & { readonly values: Float64Array } {
  checkCount("paths", paths, 1);
  const values = new Float64Array(most + 1);
  for (let path = 0; path < paths; path++) {
    let best = highest;
    values[0]! += best / paths;
    for (let k = 1; k <= most; k++) {
      best = Math.max(best, law.draw(random));
      values[k]! += best / paths;
    }
  }
  let taken = 0;
  return {
    values,
    get next() {
      return taken < most ? values[taken + 1]! - values[taken]! : 0;
    },
    take() {
      taken++;
    },
  };
}

/**
 * Gives `extra` draws one by one to the problem whose next draw gains most; equal gains go to the problem with the fewest so far,
 * then to the first: without any gain this is round-robin. Optimal for concave values (Federgruen and Groenevelt 1986).
 */
export function greedyAllocation(values: readonly DrawValue[], extra: number): Int32Array {
  const given = new Int32Array(values.length);
  for (let step = 0; step < extra; step++) {
    let best = 0;
    for (let i = 1; i < values.length; i++) {
      const difference = values[i]!.next - values[best]!.next;
      if (difference > 0 || (difference === 0 && given[i]! < given[best]!)) best = i;
    }
    given[best]!++;
    values[best]!.take();
  }
  return given;
}

function sum(terms: Float64Array): number {
  let total = 0;
  for (const term of terms) total += term;
  return total;
}
