import { cutCount, type Cuttable, type Kernel } from "./kernel.ts";
import type { LogRatio, State } from "./target.ts";

/**
 * `exact`: Metropolis-Hastings; `reference`: as the published code of a method, where that differs; `better`: a proposal is
 * taken where its reward is higher, which is a search and not a chain with a law.
 */
export type Rule = "exact" | "reference" | "better";

export interface Acceptance {
  readonly kernel: Kernel;
  readonly rule: Rule;
  readonly logRatio: LogRatio;
  /** Whether `reference` counts the cuts as `exact` does; default true. */
  readonly referenceCountsCuts?: boolean;
}

/** Published code keeps the logarithm of the ratio within ±20. */
const REFERENCE_CLIP = 20;

/**
 * Logarithm of the probability (0 where it is above) to accept the proposal `to` in state `from`; both share their first `kept`
 * tokens. A state whose reward failed is left for any with a reward; towards one it is −∞.
 */
export function logAcceptance(
  { kernel, rule, logRatio, referenceCountsCuts = true }: Acceptance,
  from: State & Cuttable,
  to: State & Cuttable,
  kept: number,
): number {
  if (Number.isNaN(to.reward)) return Number.NEGATIVE_INFINITY;
  if (Number.isNaN(from.reward)) return 0;
  if (rule === "better") return to.reward > from.reward ? 0 : Number.NEGATIVE_INFINITY;
  const cuts = Math.log(cutCount(kernel, from)) - Math.log(cutCount(kernel, to));
  if (rule === "exact") return Math.min(0, logRatio(from, to, kept) + cuts);
  const ratio = logRatio(from, to, kept) + (referenceCountsCuts ? cuts : 0);
  return Math.min(0, Math.max(-REFERENCE_CLIP, ratio));
}
