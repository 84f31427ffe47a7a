import { createHash } from "node:crypto";
import { canonicalJson } from "@touchstone/core";
import type { Comparison, World } from "./comparison.ts";
import type { Contestant } from "./contestants.ts";

/** One training, from the base policy to its last step. */
export interface RunSpec {
  /** Index of its world. */
  readonly world: number;
  readonly label: string;
  /** m. */
  readonly rollouts: number;
  /** N that the estimator aims at; null where it does nothing with it, and one run serves all. */
  readonly deployed: number | null;
  readonly rate: number;
  readonly seed: number;
  readonly role: "trial" | "final";
}

/** What a row is deployed with: one line of the tables for each of its seeds. */
export interface Setting {
  readonly world: number;
  readonly label: string;
  readonly rollouts: number;
  readonly deployed: number;
}

/** Every (world, m, N, row). */
export function settingsOf(comparison: Comparison, contestants: readonly Contestant[]): readonly Setting[] {
  return comparison.worlds.flatMap(({ rows }, world) =>
    contestants
      .filter(({ label }) => rows === undefined || rows.includes(label))
      .flatMap(({ label, sizes }) =>
        sizes.flatMap((rollouts) => comparison.deployed.map((deployed) => ({ world, label, rollouts, deployed }))),
      ),
  );
}

/** The trials that a setting's learning rate is chosen among: as many for every row. */
export function trialsOf(setting: Setting, comparison: Comparison, contestant: Contestant): readonly RunSpec[] {
  return comparison.tuning.rates.map((rate) => ({
    ...targetOf(setting, comparison, contestant),
    rate,
    seed: comparison.tuning.seed,
    role: "trial" as const,
  }));
}

/** The runs that are reported, at the chosen rate. */
export function finalsOf(
  setting: Setting,
  rate: number,
  comparison: Comparison,
  contestant: Contestant,
): readonly RunSpec[] {
  return seedsOf(comparison.worlds[setting.world]!, contestant).map((seed) => ({
    ...targetOf(setting, comparison, contestant),
    rate,
    seed,
    role: "final" as const,
  }));
}

export function seedsOf(world: World, contestant: Contestant): readonly number[] {
  return world.seeds ?? contestant.seeds;
}

function targetOf({ world, label, rollouts, deployed }: Setting, comparison: Comparison, contestant: Contestant) {
  const depends = contestant.dependsOnDeployed(rollouts, comparison.deployed);
  return { world, label, rollouts, deployed: depends ? deployed : null };
}

/**
 * The rate of the highest value, the lower one of a tie; undefined where every trial diverged (NaN).
 * @param trials rate and mean best-of-N reward on validation problems
 */
export function chosenRate(trials: readonly { readonly rate: number; readonly value: number }[]): number | undefined {
  const known = trials.filter(({ value }) => !Number.isNaN(value)).toSorted((a, b) => a.rate - b.rate);
  return known.reduce<(typeof known)[number] | undefined>(
    (found, trial) => (found === undefined || trial.value > found.value ? trial : found),
    undefined,
  )?.rate;
}

/** Names of runs whose specifications are equal are equal, and others are not: a finished run is found again by it. */
export function runName(spec: RunSpec, dataset: string, everythingElse: unknown): string {
  const { label, rollouts, deployed, rate, seed } = spec;
  const { role: _role, world: _world, ...identity } = spec;
  const hash = createHash("sha256")
    .update(canonicalJson({ ...identity, dataset, everythingElse }))
    .digest("hex");
  const readable = label.replaceAll(/[^a-z0-9]+/gi, "-").replaceAll(/^-|-$/g, "");
  const target = deployed === null ? "" : `-n${deployed}`;
  return `${dataset}-${readable}-m${rollouts}${target}-rate${rate}-seed${seed}-${hash.slice(0, 8)}`;
}
