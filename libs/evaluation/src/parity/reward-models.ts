import { throwIfInterrupted, type RewardModel } from "@touchstone/core";
import { loadProblems, type ProblemPool } from "../columns.ts";
import { fill } from "../fill.ts";
import { fillRewards } from "../fill-rewards.ts";
import type { WorkOptions } from "../progress.ts";
import { rewardScales } from "../reward-scale.ts";
import type { RunSetting } from "../setting.ts";
import { decisionOptions, qalignRow, selectorRows } from "./decisions.ts";
import type { Twin } from "./flips.ts";
import { onlyDraw, placeOf } from "./language-models.ts";
import { correlationMeasure, differenceMeasures } from "./measures.ts";
import type { Parity } from "./parity.ts";

/**
 * Two backends of one reward model on the responses of the suite's policy: A is the suite's only reward model. Rewards of both are kept in
 * the pool, each under its own identity.
 */
export async function parityOfRewardModels(
  setting: RunSetting,
  b: RewardModel,
  options: WorkOptions = {},
): Promise<Parity> {
  const draw = onlyDraw(setting);
  const [[name, a] = []] = draw.rewardModels;
  if (name === undefined || a === undefined) throw new Error("a comparison of reward models needs one in its suite");
  await fill(setting, options);
  await fillRewards(setting.pool, draw, b.identity.name, b, options);
  throwIfInterrupted(options.signal, "comparing backends");
  const scales = await rewardScales(setting.pool, draw);
  const load = (model: RewardModel) =>
    loadProblems(setting.pool, { ...draw, rewardModels: new Map([[name, model]]) }, draw.problems, scales);
  const [poolsA, poolsB] = [await load(a), await load(b)];
  const twins = poolsA.map((pool, p): Twin => ({ a: pool, b: poolsB[p]! }));
  const rewardOf = (pool: ProblemPool, sample: number) => pool.rewards.get(name)!.values[sample]!;
  const rows = twins.flatMap(({ a: x, b: y }) =>
    Array.from({ length: x.size }, (_, s) => ({
      cluster: x.view.cluster,
      row: { problem: x.view.id, sample: s, tokens: x.tokens[s]!, a: rewardOf(x, s), b: rewardOf(y, s) },
    })),
  );
  const sequences = rows.map(({ row }) => row);
  const failed = (side: "a" | "b") => sequences.filter((row) => Number.isNaN(row[side])).length;
  const remarks = (["a", "b"] as const).flatMap((side) =>
    failed(side) === 0
      ? []
      : [
          `${failed(side)} of ${sequences.length} rewards of ${side.toUpperCase()} failed: left out of the differences.`,
        ],
  );
  return {
    kind: "reward-models",
    a: a.identity,
    b: b.identity,
    ...placeOf(draw),
    measures: [
      ...differenceMeasures(
        "reward-difference",
        "reward",
        sequences.map((row) => row.b - row.a),
        rows.map(({ cluster }) => cluster),
      ),
      correlationMeasure(
        "reward",
        sequences.map((row) => row.a),
        sequences.map((row) => row.b),
      ),
    ],
    positions: [],
    decisions: [...selectorRows(twins, decisionOptions(setting, draw)), qalignRow(twins, name)],
    sequences,
    remarks,
  };
}
