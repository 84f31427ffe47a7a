import type { ContrastRow, EffectRow } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import { bestOf, type Metric } from "./best-of.ts";
import { orNull } from "../or-null.ts";
import { sceneColumns } from "./columns.ts";
import type { Comparison } from "./comparison.ts";
import type { ConductedScene, ConductedSetting } from "./conduct.ts";
import { deployedProblems } from "./deploy.ts";
import { effectOf, SEEDS_OF_A_VERDICT, type BySeed } from "./effects.ts";
import { atKl, matchedKl, type PathPoint } from "./matched-kl.ts";
import type { DeploymentRecord } from "./records.ts";
import { withinProblemSd } from "./scales.ts";

/** The metrics of effects: of which column, at which n. */
const EFFECTS: readonly (readonly [name: string, metric: Metric, at: "N" | "one"])[] = [
  ["j_n", "reward", "N"],
  ["j_1", "reward", "one"],
  ["gold_n", "gold", "N"],
  ["second_n", "second_reward", "N"],
];
const BASE = "base";

/** Two rows on the same problems and seeds, in units of the base policy's within-problem deviation. */
interface Contrast {
  readonly columns: Pick<
    ContrastRow,
    keyof ReturnType<typeof sceneColumns> | "rollouts" | "deployed" | "left" | "right" | "metric" | "at" | "scale"
  >;
  /** By seed; NaN at the chosen rate. */
  readonly kl: ReadonlyMap<number, number>;
  readonly left: BySeed;
  readonly right: BySeed;
}

/**
 * contrasts.csv and effects.csv of one world: each row against the base policy, and the pairs that the comparison names, those at the
 * chosen rate and at matched KL.
 */
export function contrastTables(
  conducted: ConductedScene,
  comparison: Comparison,
): { readonly contrasts: readonly ContrastRow[]; readonly effects: readonly EffectRow[] } {
  const clusters = conducted.base.problems.map(({ cluster }) => cluster);
  const found = contrastsOf(conducted, comparison);
  return {
    contrasts: found.flatMap(({ columns, kl, left, right }) =>
      [...left.keys()].map((seed) => ({
        ...columns,
        seed,
        kl: orNull(kl.get(seed)!),
        left_value: orNull(mean(left.get(seed)!)),
        right_value: orNull(mean(right.get(seed)!)),
      })),
    ),
    effects: found.map(({ columns, kl, left, right }) => {
      const { effect, standardError, low, high, p, unit, n, ...means } = effectOf(left, right, clusters);
      return {
        ...columns,
        kl: orNull(mean([...kl.values()])),
        effect: orNull(effect),
        standard_error: orNull(standardError),
        ci_low: orNull(low),
        ci_high: orNull(high),
        p_value: orNull(p),
        left_mean: orNull(means.left),
        right_mean: orNull(means.right),
        unit,
        n,
        descriptive: comparison.smoke || unit !== "seed" || n < SEEDS_OF_A_VERDICT,
      };
    }),
  };
}

function contrastsOf(conducted: ConductedScene, comparison: Comparison): readonly Contrast[] {
  const baseProblems = deployedProblems(conducted.base);
  const scales = {
    reward: withinProblemSd(baseProblems, "rewards"),
    second_reward: withinProblemSd(baseProblems, "second"),
    gold: 1,
  };
  const groups = Map.groupBy(conducted.settings, ({ setting }) => `${setting.rollouts} ${setting.deployed}`);
  return [...groups.values()].flatMap((settings) => {
    const { rollouts, deployed } = settings[0]!.setting;
    const named = new Map(settings.map((one) => [one.setting.label, one]));
    const pairs = [
      ...settings.map(({ setting }) => [setting.label, BASE] as const),
      ...comparison.contrasts.filter((pair) => pair.every((label) => named.has(label))),
    ];
    return EFFECTS.flatMap(([name, metric, at]) => {
      const pathsOf = pathReader(conducted.base, metric, at === "N" ? deployed : 1, scales[metric]);
      const paths = new Map(settings.map((one) => [one.setting.label, pathsOf(one)]));
      return pairs.flatMap(([left, right]) => {
        const columns = {
          ...sceneColumns(conducted.scene, comparison),
          rollouts,
          deployed,
          left,
          right,
          metric: name,
          scale: metric === "gold" ? ("score" as const) : ("reward-sd" as const),
        };
        const ours = paths.get(left)!;
        // The base policy has no seeds: it stands beside each of the other's.
        const theirs = paths.get(right) ?? new Map([...ours].map(([seed, [start]]) => [seed, [start!]]));
        return read(ours, theirs, right !== BASE).map(({ at: where, ...values }) => ({
          columns: { ...columns, at: where },
          ...values,
        }));
      });
    });
  });
}

type Paths = ReadonlyMap<number, readonly PathPoint[]>;

/** Over the seeds that both have; nothing where there is none. */
function read(left: Paths, right: Paths, matched: boolean) {
  const seeds = [...left.keys()].filter((seed) => right.has(seed));
  if (seeds.length === 0) return [];
  const by = <T>(value: (seed: number) => T): ReadonlyMap<number, T> =>
    new Map(seeds.map((seed) => [seed, value(seed)]));
  const ends = (paths: Paths): BySeed => by((seed) => paths.get(seed)!.at(-1)!.values);
  const chosen = { at: "chosen-rate" as const, kl: by(() => Number.NaN), left: ends(left), right: ends(right) };
  if (!matched) return [chosen];
  const kl = by((seed) => matchedKl(left.get(seed)!, right.get(seed)!));
  const where = (paths: Paths): BySeed => by((seed) => atKl(paths.get(seed)!, kl.get(seed)!));
  return [chosen, { at: "matched-kl" as const, kl, left: where(left), right: where(right) }];
}

/** The paths of a setting's runs by seed, from the base policy on. */
function pathReader(base: DeploymentRecord, metric: Metric, n: number, scale: number) {
  const point = (record: DeploymentRecord, kl: number): PathPoint => ({
    kl,
    values: bestOf(deployedProblems(record), metric, n).map((value) => value / scale),
  });
  const start = point(base, 0);
  return ({ finals }: ConductedSetting): Paths =>
    new Map(
      finals
        .filter(({ deployments }) => deployments.size > 0)
        .map(({ record, deployments }) => [
          record.spec.seed,
          [start, ...[...deployments.values()].map((one) => point(one, klOfRecord(one)))],
        ]),
    );
}

export function klOfRecord({ problems }: DeploymentRecord): number {
  return mean(problems.map(({ kl }) => kl));
}
