import { stream, type PayOffRow } from "@touchstone/core";
import { bestOf } from "./best-of.ts";
import { orNull } from "../or-null.ts";
import { runColumns } from "./columns.ts";
import type { Comparison } from "./comparison.ts";
import type { Conducted, ConductedScene } from "./conduct.ts";
import { deployedProblems, queryFlops } from "./deploy.ts";
import { payOff } from "./pay-off.ts";
import { finals } from "./row-lists.ts";

/** Points of the base policy's curve: four to a doubling, N among them. */
function curvePoints(samples: number, deployed: number): readonly number[] {
  const points = new Set([deployed, samples]);
  for (let k = 0; 2 ** (k / 4) <= samples; k++) points.add(Math.round(2 ** (k / 4)));
  return [...points].toSorted((a, b) => a - b);
}

/** pay-off.csv of one world. */
export function payOffRows(world: ConductedScene, comparison: Comparison): PayOffRow[] {
  const { scene, base } = world;
  const problems = deployedProblems(base);
  const clusters = problems.map(({ cluster }) => cluster);
  const curves = new Map(
    comparison.deployed.flatMap((deployed) => {
      const n = curvePoints(comparison.deployment.samples, deployed);
      return (["reward", "gold"] as const).map(
        (metric) => [`${metric} ${deployed}`, { n, values: n.map((k) => bestOf(problems, metric, k)) }] as const,
      );
    }),
  );
  return finals(world).flatMap(({ one, run }) => {
    const last = [...run.deployments.values()].at(-1);
    if (last === undefined) return [];
    const { deployed } = one.setting;
    const own = flopsOf(run);
    const withTrials = own + one.trials.reduce((sum, trial) => sum + flopsOf(trial) + deployFlops(trial), 0);
    return (["reward", "gold"] as const).flatMap((metric) =>
      [own, withTrials].map((flops, i): PayOffRow => {
        const found = payOff(
          {
            trained: bestOf(deployedProblems(last), metric, deployed),
            deployed,
            base: curves.get(`${metric} ${deployed}`)!,
            clusters,
            trainingFlops: flops,
            trainedQueryFlops: queryFlops(last),
            baseQueryFlops: queryFlops(base),
          },
          stream("post-training pay-off", metric),
          comparison.bootstrap,
        );
        const { role: _role, ...columns } = runColumns(scene, comparison, one.setting, run);
        return {
          ...columns,
          metric,
          with_tuning: i === 1,
          training_flops: flops,
          state: found.state,
          base_samples: orNull(found.samples),
          queries: orNull(found.queries),
          queries_low: orNull(found.low),
          queries_high: orNull(found.high),
          not_reached_share: found.notReached,
          beyond_share: found.beyond,
          resamples: comparison.bootstrap,
        };
      }),
    );
  });
}

/** What training needs: rollouts, rewards and gradients, without what only measures. */
function flopsOf({ steps }: Conducted): number {
  return steps.reduce(
    (sum, { spent }) => sum + (["rollout", "reward", "train"] as const).reduce((s, p) => s + (spent[p]?.flops ?? 0), 0),
    0,
  );
}

function deployFlops({ deployments }: Conducted): number {
  return [...deployments.values()].reduce((sum, { spent }) => sum + (spent.flops ?? 0), 0);
}
