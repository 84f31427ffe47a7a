import type { Comparison } from "./comparison.ts";
import type { Conducted } from "./conduct.ts";
import type { Setting } from "./plan.ts";
import type { Scene } from "./scene.ts";

type Named = Pick<Scene, "world" | "reward">;

/** What every table begins with. */
export function sceneColumns({ world, reward }: Named, { name }: Pick<Comparison, "name">) {
  const { dataset, policy, reward: model } = world;
  return { comparison: name, dataset, policy, reward_model: model, planted: reward.planted ?? null };
}

/** The columns of one run as a row of a setting. */
export function runColumns(
  scene: Named,
  comparison: Pick<Comparison, "name">,
  { rollouts, deployed, label }: Setting,
  { record: { spec } }: Pick<Conducted, "record">,
) {
  const { rate, role, seed } = spec;
  return { ...sceneColumns(scene, comparison), row: label, rollouts, deployed, learning_rate: rate, role, seed };
}

/** The same of the base policy. */
export function baseColumns(scene: Named, comparison: Pick<Comparison, "name">, deployed: number) {
  const none = { row: "base", rollouts: 0, deployed, learning_rate: null, role: "base" as const, seed: 0 };
  return { ...sceneColumns(scene, comparison), ...none };
}
