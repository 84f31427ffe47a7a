import { stream, TouchstoneError } from "@touchstone/core";
import type { AdvantageEstimator, AdvantageProvenance } from "@touchstone/core";
import { labelOf, type Comparison, type ComparisonRow } from "./comparison.ts";

/** A row of a comparison, ready to turn rewards of a group into what a policy is trained by. */
export interface Contestant {
  readonly label: string;
  /** `policy-gradient`: rows with advantages; `preferences`: pairs of rollouts. */
  readonly trains: "policy-gradient" | "preferences";
  /** Name of the estimator or of the rival. */
  readonly name: string;
  /** How well the formula is known; rivals are `ours` in how they use the rollouts. */
  readonly provenance: AdvantageProvenance;
  readonly seeds: readonly number[];
  /** Sizes of groups that it is run at. */
  readonly sizes: readonly number[];
  /** Options beside n for groups of m, with defaults filled in. */
  options(rollouts: number): Readonly<Record<string, unknown>>;
  /** What it cannot do for groups of this size. Throws `group-too-small` or `bad-estimator-options`. */
  warnings(rollouts: number, deployed: number): readonly string[];
  /** Whether what it does changes with N at this m: otherwise one run serves every N. */
  dependsOnDeployed(rollouts: number, deployed: readonly number[]): boolean;
  /** Advantages of a group, 1/m inside; of `preferences` the best rollout has 1, the worst −1. */
  advantages(rewards: Float64Array, rollouts: number, deployed: number): Float64Array;
}

/**
 * The rows of a comparison with their estimators. Nothing is drawn for a comparison that this refuses.
 * @throws TouchstoneError `unknown-estimator`, `bad-estimator-options`, `group-too-small`
 */
export function contestantsOf(
  comparison: Comparison,
  estimators: readonly AdvantageEstimator[],
  suggestion: (given: string, names: readonly string[]) => string,
): readonly Contestant[] {
  const contestants = comparison.rows.map((row) => {
    if ("rival" in row) return rival(row, comparison);
    const estimator = estimators.find(({ name }) => name === row.estimator);
    if (estimator !== undefined) return withEstimator(row, estimator, comparison);
    const names = estimators.map(({ name }) => name);
    throw new TouchstoneError({
      code: "unknown-estimator",
      family: "usage",
      what: "There is no such advantage estimator.",
      value: row.estimator,
      fix: suggestion(row.estimator, names),
    });
  });
  for (const contestant of contestants)
    for (const m of contestant.sizes) for (const n of comparison.deployed) contestant.warnings(m, n);
  return contestants;
}

function withEstimator(
  row: Extract<ComparisonRow, { estimator: string }>,
  estimator: AdvantageEstimator,
  comparison: Comparison,
): Contestant {
  const prepared = new Map<string, { readonly n: number }>();
  const options = (rollouts: number): Readonly<Record<string, unknown>> => {
    const given = { ...row.options, ...(row.halfGroup ? { k: Math.floor(rollouts / 2) } : {}) };
    const parsed = estimator.parameters.safeParse(given);
    if (parsed.success) return parsed.data as Readonly<Record<string, unknown>>;
    const issue = parsed.error.issues[0];
    throw new TouchstoneError({
      code: "bad-estimator-options",
      family: "usage",
      what: `${estimator.name} does not take these options${issue === undefined ? "" : `: ${issue.path.join(".")} ${issue.message}`}.`,
      value: given,
      fix: "docs/advantages.md has the options of every estimator.",
    });
  };
  // Estimators keep what they prepare by the identity of the options.
  const optionsFor = (rollouts: number, n: number) => {
    const key = `${rollouts} ${n}`;
    let found = prepared.get(key);
    if (found === undefined) prepared.set(key, (found = { ...options(rollouts), n }));
    return found;
  };
  const advantages = (rewards: Float64Array, rollouts: number, n: number) =>
    estimator.advantages(rewards, optionsFor(rollouts, n));
  return {
    label: labelOf(row),
    trains: "policy-gradient",
    name: estimator.name,
    provenance: estimator.provenance,
    seeds: row.seeds ?? comparison.seeds,
    sizes: row.rollouts ?? comparison.rollouts,
    options,
    warnings: (rollouts, n) => estimator.plan(rollouts, optionsFor(rollouts, n)).warnings,
    dependsOnDeployed(rollouts, deployed) {
      const random = stream("post-training", "probe", rollouts);
      const rewards = Float64Array.from({ length: rollouts }, () => random.normal());
      const first = advantages(rewards, rollouts, deployed[0]!);
      return deployed.some((n) => advantages(rewards, rollouts, n).some((value, i) => value !== first[i]));
    },
    advantages,
  };
}

function rival(row: Extract<ComparisonRow, { rival: string }>, comparison: Comparison): Contestant {
  const preferences = row.rival === "dpo";
  return {
    label: labelOf(row),
    trains: preferences ? "preferences" : "policy-gradient",
    name: row.rival,
    provenance: "ours",
    seeds: row.seeds ?? comparison.seeds,
    sizes: row.rollouts ?? comparison.rollouts,
    options: () => (preferences ? row.options : {}),
    warnings: () => [],
    dependsOnDeployed: () => false,
    advantages: (rewards) => (preferences ? bestAgainstWorst(rewards) : best(rewards)),
  };
}

/** 1 for the best rollout, shared by ties; zeros where all are alike: then nothing was selected. */
function best(rewards: Float64Array): Float64Array {
  const highest = Math.max(...rewards);
  const winners = rewards.reduce((sum, reward) => sum + (reward === highest ? 1 : 0), 0);
  return rewards.map((reward) => (reward === highest && winners < rewards.length ? 1 / winners : 0));
}

/** 1 for the first best rollout, −1 for the first worst; zeros where all are alike. */
function bestAgainstWorst(rewards: Float64Array): Float64Array {
  const values = new Float64Array(rewards.length);
  const [highest, lowest] = [rewards.indexOf(Math.max(...rewards)), rewards.indexOf(Math.min(...rewards))];
  if (rewards[highest] === rewards[lowest]) return values;
  values[highest] = 1;
  values[lowest] = -1;
  return values;
}
