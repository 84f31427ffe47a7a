import { tQuantile, tUpperTail } from "@touchstone/stats";

/** An effect with its uncertainty. Signed so that the claim is positive. */
export interface Effect {
  readonly estimate: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /** Problems, or batches or seeds where these are the unit. */
  readonly n: number;
  readonly unit: "problems" | "batches" | "seeds";
}

export type Outcome = "reproduced" | "not reproduced" | "undecided";

export interface Decision {
  readonly outcome: Outcome;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** Holds, but by less than δ. */
  readonly smallerThanDelta: boolean;
  /** One-sided, of "the claim does not hold": the effect is at most 0, or at most −δ where the claim is "level". */
  readonly p: number;
  /** Problems (or batches, or seeds) that would decide it if the effect is as estimated; null where it is decided, or no number would. */
  readonly needed: number | null;
}

/**
 * The decision rule. *reproduced*: the 95 % interval lies wholly above 0, for a "level" claim above −δ; "smaller than δ" where
 * it also lies wholly below δ. Otherwise *not reproduced* where it lies wholly below δ, for "level" below −δ. Otherwise
 * *undecided*. An effect without a standard error (fewer than two clusters) is undecided.
 */
export function decide(
  effect: Effect,
  { delta, level = false }: { readonly delta: number; readonly level?: boolean },
): Decision {
  const { estimate, standardError, degreesOfFreedom } = effect;
  const half = tQuantile(0.975, degreesOfFreedom) * standardError;
  const [low, high] = [estimate - half, estimate + half];
  const floor = level ? -delta : 0;
  const ceiling = level ? -delta : delta;
  const outcome = low > floor ? "reproduced" : high < ceiling ? "not reproduced" : "undecided";
  return {
    outcome,
    low,
    high,
    smallerThanDelta: outcome === "reproduced" && high < delta,
    p: upperTail(estimate - floor, standardError, degreesOfFreedom),
    needed: outcome === "undecided" ? needed(effect.n, half, Math.max(estimate - floor, ceiling - estimate)) : null,
  };
}

/** A claim of several parts holds where all hold, and fails where one fails. Its p-value is the largest (intersection-union). */
export function decideAll(parts: readonly Decision[]): Pick<Decision, "outcome" | "p" | "needed" | "smallerThanDelta"> {
  const outcomes = new Set(parts.map(({ outcome }) => outcome));
  const outcome = (["not reproduced", "undecided"] as const).find((one) => outcomes.has(one)) ?? "reproduced";
  const open = parts.filter((part) => part.outcome === "undecided");
  const unknown = outcome !== "undecided" || open.some((part) => part.needed === null);
  return {
    outcome,
    p: Math.max(...parts.map(({ p }) => p)),
    needed: unknown ? null : Math.max(...open.map((part) => part.needed!)),
    smallerThanDelta: outcome === "reproduced" && parts.some((part) => part.smallerThanDelta),
  };
}

/** The interval narrows with 1/√n: the n at which its half-width is the distance to the nearer verdict's edge. */
function needed(n: number, half: number, distance: number): number | null {
  return distance > 0 && Number.isFinite(half) ? Math.ceil(n * (half / distance) ** 2) : null;
}

function upperTail(above: number, standardError: number, degreesOfFreedom: number): number {
  if (above === 0 && standardError === 0) return 1;
  return tUpperTail(above / standardError, degreesOfFreedom);
}
