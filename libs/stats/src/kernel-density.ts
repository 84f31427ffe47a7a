import type { Stream } from "@touchstone/core";
import { normalCdf } from "./distributions.ts";
import { standardDeviation } from "./descriptive.ts";

/** A law of rewards, known well enough to say what more draws from it are worth. */
export interface RewardLaw {
  /** One draw. */
  draw(random: Stream): number;
  /** The law above a threshold, tabulated for integrals. */
  above(threshold: number): UpperTail;
}

/**
 * Nodes of a quadrature of ∫_c^∞ g(F(x)) dx ≈ Σ_i weights_i · g(1 − exceedance_i), for any g with g(1) = 0. Weights are not
 * negative, so that what is pointwise monotone in a parameter stays so in the sum.
 */
export interface UpperTail {
  readonly weights: Float64Array;
  /** 1 − F at each node, in [0, 1]. */
  readonly exceedance: Float64Array;
}

/**
 * Scott's rule for a Gaussian kernel in one dimension: σ̂ · d^(−1/5), with the sample standard deviation (divisor d − 1) of d
 * values (Scott 1992). NaN for fewer than two values.
 */
export function scottBandwidth(values: ArrayLike<number>): number {
  return standardDeviation(values) * values.length ** -0.2;
}

/** Beyond this many standard deviations a normal law has less than 1e-15 of its mass. */
const REACH = 8;
/** Quadrature nodes per standard deviation of the smoothest piece. */
const NODES = 16;

/** Gaussian kernel density: F(x) = (1/d) Σ_j Φ((x − values_j)/bandwidth). A bandwidth of 0 is the empirical law. */
export function kernelLaw(values: ArrayLike<number>, bandwidth: number): RewardLaw {
  if (!(bandwidth >= 0)) throw new RangeError(`a bandwidth is a number >= 0, received ${bandwidth}`);
  if (bandwidth === 0) return empiricalLaw(values);
  const centres = Float64Array.from(values).toSorted();
  return {
    draw: (random) => centres[random.integer(centres.length)]! + bandwidth * random.normal(),
    above: (threshold) => {
      // In units of the bandwidth from the threshold on: nothing is lost where the rewards are large and close.
      const offsets = centres.map((centre) => (centre - threshold) / bandwidth).filter((offset) => offset > -REACH);
      return tabulate(
        bandwidth,
        (offsets.at(-1) ?? -REACH) + REACH,
        (u) => offsets.reduce((total, offset) => total + tabulatedCdf(offset - u), 0) / centres.length,
      );
    },
  };
}

/** The normal law with the given mean and standard deviation (≥ 0). */
export function gaussianLaw(mean: number, deviation: number): RewardLaw {
  return kernelLaw([mean], deviation);
}

/** The law that draws one of the values, all alike. Its table above a threshold is exact. */
export function empiricalLaw(values: ArrayLike<number>): RewardLaw {
  const sorted = Float64Array.from(values).toSorted();
  return {
    draw: (random) => sorted[random.integer(sorted.length)]!,
    above: (threshold) => {
      const higher = sorted.filter((value) => value > threshold);
      return {
        weights: higher.map((value, i) => value - (i === 0 ? threshold : higher[i - 1]!)),
        exceedance: higher.map((_, i) => (higher.length - i) / sorted.length),
      };
    },
  };
}

/**
 * Composite Simpson with `NODES` intervals per `unit` on [0, range] (both in units of `unit`). For integrands made of Φ the relative
 * error is below 1e-5 (tested against closed forms).
 */
function tabulate(unit: number, range: number, exceedanceAt: (u: number) => number): UpperTail {
  if (!(range > 0)) return { weights: new Float64Array(), exceedance: new Float64Array() };
  const intervals = 2 * Math.ceil((range * NODES) / 2);
  const step = range / intervals;
  const weights = Float64Array.from({ length: intervals + 1 }, (_, i) => {
    const multiple = i === 0 || i === intervals ? 1 : i % 2 === 1 ? 4 : 2;
    return (multiple * step * unit) / 3;
  });
  return { weights, exceedance: weights.map((_, i) => exceedanceAt(i * step)) };
}

/** Intervals of the table of Φ per standard deviation. */
const FINENESS = 64;
/** Φ on [−REACH, REACH], and its derivative. */
const PHI = Float64Array.from({ length: 2 * REACH * FINENESS + 1 }, (_, i) => normalCdf(i / FINENESS - REACH));
const DENSITY = PHI.map((_, i) => Math.exp(-((i / FINENESS - REACH) ** 2) / 2) / Math.sqrt(2 * Math.PI));

/** Φ(u) by cubic Hermite interpolation, error below 1e-9: a density of 90 kernels asks for it ten thousand times. */
function tabulatedCdf(u: number): number {
  if (u <= -REACH) return 0;
  if (u >= REACH) return 1;
  const position = (u + REACH) * FINENESS;
  const i = Math.floor(position);
  const t = position - i;
  const slope = (PHI[i + 1]! - PHI[i]!) * FINENESS;
  const [left, right] = [DENSITY[i]! - slope, slope - DENSITY[i + 1]!];
  return PHI[i]! + t * (PHI[i + 1]! - PHI[i]!) + (t * (1 - t) * ((1 - t) * left + t * right)) / FINENESS;
}
