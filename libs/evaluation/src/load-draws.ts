import type { Problem } from "@touchstone/core";
import type { Pool } from "@touchstone/pool";
import { loadProblems, type ProblemPool } from "./columns.ts";
import type { Draw } from "./draws.ts";
import type { Sizes } from "./spend.ts";

/** Some problems of every draw of a seed. `scales`: reward scales by shown name. Throws `pool-incomplete`. */
export async function loadDraws(
  pool: Pool,
  draws: readonly Draw[],
  problems: readonly Problem[],
  scales: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<Draw, readonly ProblemPool[]>> {
  const loaded = new Map<Draw, readonly ProblemPool[]>();
  for (const draw of draws) loaded.set(draw, await loadProblems(pool, draw, problems, scales));
  return loaded;
}

/** Sizes of the models of a seed's draws. */
export function sizesOf(draws: readonly Draw[]): Sizes {
  const models = draws.flatMap((draw) => [...draw.rewardModels]);
  return { policy: draws[0]!.model.size, rewardModels: new Map(models.map(([name, { size }]) => [name, size])) };
}
