import type { ZodType } from "zod";
import { TouchstoneError } from "./errors.ts";
import type { Diagnostics, Reference } from "./method.ts";

/**
 * How well an estimator's formula is known to us. `published`: read in public text or code; `second-hand`: from a transcription;
 * `derived`: the published description, read second-hand, fixes the formula, which we derived; `reconstruction`: details are our
 * choice; `ours`: not from a paper.
 */
export type AdvantageProvenance = "published" | "second-hand" | "derived" | "reconstruction" | "ours";

/** What an estimator does with groups of one size, known before any reward. */
export interface GroupPlan {
  /** Settings as they come out for this size, by name: `{ top: 4, alpha: 0.25 }`. */
  readonly used: Diagnostics;
  /** One sentence each: what the estimator cannot do for a group of this size. */
  readonly warnings: readonly string[];
}

/**
 * Rewards of a group of m rollouts of one prompt → m advantages, for a policy deployed as best of n. The gradient of the
 * objective is estimated by Σ_i A_i ∇log π(y_i): the 1/m is inside, and no gradient flows through A.
 */
export interface AdvantageEstimator<O = unknown> {
  /** Registered name, kebab-case: `max-at-k`. */
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  readonly reference: Reference;
  readonly provenance: AdvantageProvenance;
  /** `A(s·R) = s^degree · A(R)` for s > 0. */
  readonly degree: 0 | 1;
  /** Whether the order of the rollouts does not matter; otherwise only their cyclic order does. */
  readonly exchangeable: boolean;
  /** Schema of the options beside n, with defaults; knows every option and refuses others. */
  readonly parameters: ZodType<O>;
  /** Throws `group-too-small`, `group-too-large` or `bad-n`. */
  plan(size: number, options: O & { readonly n: number }): GroupPlan;
  /** A new array. Throws as `plan` does, and `invalid-reward` where a reward is NaN or infinite. Equal rewards give zeros. */
  advantages(rewards: Float64Array, options: O & { readonly n: number }): Float64Array;
}

/** An estimator in two steps: what depends on the size alone, and what depends on the rewards. */
export interface AdvantageDefinition<O, S> extends Omit<AdvantageEstimator<O>, "plan" | "advantages"> {
  /** The fewest rollouts that it is defined for. */
  readonly least: number;
  /** Called once for each options object and size (options must not be changed afterwards). May throw `TouchstoneError`. */
  prepare(size: number, options: O & { readonly n: number }): GroupPlan & { readonly settings: S };
  /** `rewards` are finite, not all equal, and as many as was prepared for. Returns a new array. */
  compute(rewards: Float64Array, settings: S): Float64Array;
}

/** Checks what every estimator has to check, and prepares each size once. */
export function defineAdvantageEstimator<O extends object, S>({
  prepare,
  compute,
  least,
  ...face
}: AdvantageDefinition<O, S>): AdvantageEstimator<O> {
  const prepared = new WeakMap<object, Map<number, ReturnType<typeof prepare>>>();
  const planOf = (size: number, options: O & { readonly n: number }) => {
    let bySize = prepared.get(options);
    if (bySize === undefined) prepared.set(options, (bySize = new Map()));
    let plan = bySize.get(size);
    if (plan === undefined) {
      checkDeployed(options.n);
      if (size < least) throw groupTooSmall(face.name, size, `It needs at least ${least}.`);
      bySize.set(size, (plan = prepare(size, options)));
    }
    return plan;
  };
  return {
    ...face,
    plan: planOf,
    advantages(rewards, options) {
      const { settings } = planOf(rewards.length, options);
      checkRewards(rewards);
      return allEqual(rewards) ? new Float64Array(rewards.length) : compute(rewards, settings);
    },
  };
}

/** The error for a group that has fewer rollouts than an estimator needs with its options. */
export function groupTooSmall(estimator: string, size: number, needs: string): TouchstoneError {
  return new TouchstoneError({
    code: "group-too-small",
    family: "input",
    what: `A group has too few rollouts for ${estimator}. ${needs}`,
    value: size,
    fix: "Draw more rollouts per prompt, or use an estimator that needs fewer; rloo needs 2.",
  });
}

function checkDeployed(n: number): void {
  if (Number.isSafeInteger(n) && n >= 1) return;
  throw new TouchstoneError({
    code: "bad-n",
    family: "usage",
    what: "n, the number of samples of the deployed best-of-n, is a whole number of at least 1.",
    value: String(n),
    fix: "Give the n that the policy is deployed with.",
  });
}

function checkRewards(rewards: Float64Array): void {
  for (let i = 0; i < rewards.length; i++) {
    if (Number.isFinite(rewards[i]!)) continue;
    throw new TouchstoneError({
      code: "invalid-reward",
      family: "input",
      what: `The reward of rollout ${i + 1} of ${rewards.length} is not a finite number.`,
      value: String(rewards[i]),
      fix: "Leave failed rollouts out of their group, or give them a finite reward.",
    });
  }
}

function allEqual(rewards: Float64Array): boolean {
  for (let i = 1; i < rewards.length; i++) if (rewards[i] !== rewards[0]) return false;
  return true;
}
